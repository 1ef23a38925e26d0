// The switch between dark and light, without a round trip; the server renders from the cookie.
const root = document.documentElement;
const dark = window.matchMedia("(prefers-color-scheme: dark)");

export function present() {
  return root.dataset.theme ?? (dark.matches ? "dark" : "light");
}

const button = document.getElementById("theme-switch");

function announce() {
  button?.setAttribute("aria-label", `Switch to ${present() === "dark" ? "light" : "dark"}`);
  document.dispatchEvent(new CustomEvent("themechange"));
}

button?.addEventListener("click", (event) => {
  event.preventDefault();
  root.dataset.theme = present() === "dark" ? "light" : "dark";
  document.querySelector('meta[name="color-scheme"]')?.setAttribute("content", root.dataset.theme);
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `theme=${root.dataset.theme}; path=/; max-age=31536000; samesite=lax${secure}`;
  announce();
});
dark.addEventListener("change", announce);
announce();
