import "../verify/check.js";
