
// the sidebar opens where the reader is
(() => {
  const bar = document.querySelector("#quarto-sidebar"), here = bar && bar.querySelector('[aria-current="page"]');
  if (here) bar.scrollTop = Math.max(0, here.getBoundingClientRect().top - bar.getBoundingClientRect().top - bar.clientHeight / 3);
})();
