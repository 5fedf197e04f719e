// Where events are told to other programs, and how that goes.
import {api} from "./api.js";
import {el, KeyedTable} from "./dom.js";
import {longDuration, none, number} from "./format.js";
import {t} from "./i18n.js";

function state(hook) {
	if (!hook.enabled)
		return ["warn", t("disabled")];
	if (!hook.delivery)
		return ["warn", none];
	return hook.delivery.state === "ok" ? ["good", t("ok")] : ["bad", t("failing")];
}

const badge = ([mood, text]) => el("span", {class: "badge", "data-mood": mood}, text);

export class WebhookView {
	constructor(app) {
		this.app = app;
		this.table = new KeyedTable({
			label: t("webhooks"),
			empty: t("noWebhooks"),
			key: (hook) => hook.name,
			columns: [
				{label: t("name"), cell: (hook) => hook.name, class: "name"},
				{label: "URL", cell: (hook) => hook.url, class: "note"},
				{label: t("events"), cell: (hook) => hook.events.join(", "), class: "note"},
				{label: t("callState"), cell: (hook) => badge(state(hook))},
				{label: t("pending"), cell: (hook) => number(hook.delivery?.behind), class: "figure"},
				{label: t("waitingSince"), cell: (hook) => (hook.delivery?.behind_s ? longDuration(hook.delivery.behind_s) : none), class: "figure"},
				{label: t("failures"), cell: (hook) => number(hook.delivery?.failures), class: "figure"},
				{label: t("skipped"), cell: (hook) => number(hook.delivery?.skipped ?? hook.skipped), class: "figure"},
				{label: t("lastError"), cell: (hook) => hook.delivery?.error || none, class: "note"},
			],
		});
		this.node = el("section", {}, el("div", {class: "heading"}, el("h2", {}, t("webhooks"))), this.table.node);
	}

	async refresh() {
		this.table.update((await api.webhooks()).webhooks);
	}
}
