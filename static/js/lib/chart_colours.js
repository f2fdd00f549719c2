/** Colours of charts come from the style sheet, so that they follow the theme. */

/** Resolves a name to a colour that a canvas understands, as it applies inside `element`. */
export function colourOf(name, element) {
  const probe = document.createElement("span");
  const isCategory = name.startsWith("category-");
  if (isCategory) probe.className = name;
  probe.hidden = true;
  probe.style.color = isCategory ? "var(--category)" : `var(--chart-${name})`;
  element.parentElement.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

export const faint = (colour, percent) => `color-mix(in srgb, ${colour} ${percent}%, transparent)`;
