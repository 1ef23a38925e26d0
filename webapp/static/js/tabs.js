// Where the tabs are wider than the window, the page that one is on is among those in sight.
const tabs = document.querySelector(".tabs");
const current = tabs?.querySelector('[aria-current="page"]');
if (current) tabs.scrollLeft = current.offsetLeft - tabs.offsetLeft - (tabs.clientWidth - current.offsetWidth) / 2;
