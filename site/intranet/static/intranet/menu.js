/* On small screens the menu folds behind a button; without this script it stays open. */
(() => {
  const button = document.querySelector(".menu-button");
  const menu = document.getElementById("site-menu");
  if (!button || !menu) return;

  const show = (open) => {
    button.setAttribute("aria-expanded", String(open));
    menu.classList.toggle("is-folded", !open);
  };

  button.hidden = false;
  show(false);
  button.addEventListener("click", () => show(menu.classList.contains("is-folded")));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && button.getAttribute("aria-expanded") === "true") {
      show(false);
      button.focus();
    }
  });
})();
