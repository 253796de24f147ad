// On paper everything is open: nobody can press on it.

/** Opens what is folded while the page is printed, and folds it again. */
export function paper(): void {
  let opened: HTMLDetailsElement[] = [];
  const print = matchMedia("print");
  const set = (): void => {
    if (print.matches) {
      opened = [...document.querySelectorAll<HTMLDetailsElement>("details:not([open])")];
    }
    opened.forEach((d) => (d.open = print.matches));
  };
  print.addEventListener("change", set);
}
