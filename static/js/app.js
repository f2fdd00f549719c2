/**
 * Everything that enhances every page. Pages work without it: each action is a link or a form first.
 *
 * What pages can rely on:
 * - `HX-Trigger: {"toast": {"message": …, "undo": address or null}}` shows a toast; undo POSTs to the address.
 * - `HX-Trigger: {"planner-changed": …}` reaches `hx-trigger="planner-changed from:body"` in this and in other tabs.
 * - `data-refresh-seconds="60"` sends the event `refresh` to the element that often while the tab is seen.
 * - `data-title="…"` on a fragment's root renames the page; after a swap that changed the address its heading is focused.
 * - `data-guard` on a form asks before unsaved input is left behind.
 * - `data-dialog="id"` on a link or button opens that <dialog> instead; `data-close` inside closes it.
 * - `data-submit` on a field sends its form as soon as it changes.
 * - `data-submit-now` on a form sends it as soon as the page is there, and `data-follow-now` on a link follows it.
 * - `data-own-zone` on an empty choice of time zones chooses the device's.
 * - `data-fill="name"` on a button puts its value into that field of its form.
 * - `data-sortable` on a list lets its rows be dragged; each row's `data-move` is told by how many places it moved.
 * - `data-print` on a hidden button shows it and has it print the page.
 * - `data-cheer="name"` on a hidden line shows it once, the first time that this name is seen on the device.
 * - `data-reading="address" data-position="250"` on a long text goes on where it was left, in thousandths, and says so.
 * - `data-closes-in="600"` counts so many seconds down in its `role=timer` and hands its form in when time is over.
 * - `data-saves` on a form that saves as one goes hears `save-again` some seconds after a save that did not arrive.
 * - `data-most-mb="10"` on a field for a file refuses larger ones before they are sent, so that nothing typed is lost.
 * - `data-live` anywhere says that the page refreshes itself after `planner-changed`, so undo need not reload it.
 */
import { installBusy } from "./lib/busy.js";
import { installCharts } from "./lib/chart_loader.js";
import { installCheers } from "./lib/cheers.js";
import { installDataScripts } from "./lib/data_scripts.js";
import { installDialogs } from "./lib/dialogs.js";
import { installFill } from "./lib/fill.js";
import { installFocus } from "./lib/focus.js";
import { installForms } from "./lib/forms.js";
import { installLearning } from "./lib/learning.js";
import { installOwnZone } from "./lib/own_zone.js";
import { installPrint } from "./lib/print.js";
import { installProblems } from "./lib/problems.js";
import { installRefresh } from "./lib/refresh.js";
import { installSegments } from "./lib/segments.js";
import { installShortcuts } from "./lib/shortcuts.js";
import { installSortable } from "./lib/sortable.js";
import { installSubmitNow } from "./lib/submit_now.js";
import { installThemeChoice } from "./lib/theme.js";
import { installToasts } from "./lib/toasts.js";
import { installWindows } from "./lib/windows.js";

document.addEventListener("htmx:configRequest", ({ detail }) => {
  detail.headers["X-CSRFToken"] = document.querySelector('meta[name="csrf-token"]')?.content ?? "";
});

installProblems();
installBusy();
installToasts();
installFocus();
installForms();
installDialogs();
installRefresh();
installWindows();
installShortcuts();
installThemeChoice();
installOwnZone();
installDataScripts();
installCharts();
installLearning();
installFill();
installSortable();
installCheers();
installSubmitNow();
installPrint();
installSegments();
