/**
 * The planner and the task list. Everything here has a link or a form behind it that works without.
 *
 * - Links with `data-panel` open what that address answers in the dialog; cells open the form for planning.
 * - Slots are dragged to move, by their lower edge to resize; empty hours are dragged over to plan them.
 * - Arrow keys go from cell to cell; with Alt they move the slot that has the focus.
 */
import { installActs } from "./planner/acts.js";
import { installDrag } from "./planner/drag.js";
import { installKeys } from "./planner/keys.js";
import { installPanel } from "./planner/panel.js";
import { installPicking } from "./planner/picking.js";
import { installDays } from "./planner/days.js";

installPicking();
installActs();
if (document.getElementById("week")) {
  installPanel();
  installDays();
  installDrag();
  installKeys();
}
