// Light or dark: as the system says, until the reader presses the button.
import { byId } from "./dom";

/** Makes #theme switch between light and dark. Nothing is stored: a page from disk leaves no trace. */
export function themeSwitch(): void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const root = document.documentElement;
  const isDark = (): boolean => (root.dataset["theme"] ?? (system.matches ? "dark" : "light")) === "dark";
  const button = byId("theme");
  const label = (): void => {
    const words = isDark() ? "Light colors" : "Dark colors";
    button.title = words;
    button.lastElementChild?.replaceChildren(words);
  };
  button.addEventListener("click", () => {
    root.dataset["theme"] = isDark() ? "light" : "dark";
    label();
  });
  system.addEventListener("change", label);
  label();
}
