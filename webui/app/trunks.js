// The trunks and the calls they carry.
import {api} from "./api.js";
import {el, KeyedTable, showDetails} from "./dom.js";
import {none, number} from "./format.js";
import {t} from "./i18n.js";

export class TrunkView {
	constructor(app) {
		this.app = app;
		this.table = new KeyedTable({
			label: t("trunks"),
			empty: t("noTrunks"),
			key: (trunk) => trunk.name,
			columns: [
				{label: t("name"), cell: (trunk) => trunk.name, class: "name"},
				{label: t("interface"), cell: (trunk) => trunk.interface},
				{label: t("target"), cell: (trunk) => trunk.target ?? none, class: "number"},
				{label: t("account"), cell: (trunk) => trunk.account ?? none},
				{label: t("callState"), cell: (trunk) => el("span", {class: "badge", "data-mood": trunk.enabled ? "good" : "warn"},
					t(trunk.enabled ? "enabled" : "disabled"))},
				{label: t("calls"), cell: (trunk) => number(trunk.calls), class: "figure"},
				{label: t("limit"), cell: (trunk) => (trunk.max_calls ? number(trunk.max_calls) : t("unlimited")), class: "figure"},
				{label: "", cell: (trunk) => this.detailsButton(trunk), class: "action"},
			],
		});
		this.node = el("section", {}, el("div", {class: "heading"}, el("h2", {}, t("trunks"))), this.table.node);
	}

	detailsButton(trunk) {
		return el("button", {class: "small", "aria-label": `${t("details")}: ${trunk.name}`,
			onclick: () => this.app.run(() => this.detailsShow(trunk.name))}, t("details"));
	}

	/** Every field as it is provisioned; passwords are not among them. */
	async detailsShow(name) {
		const {trunks} = await api.config();
		const fields = trunks.find((trunk) => trunk.name === name) ?? {name};
		const pairs = Object.entries(fields).map(([field, value]) =>
			[field, value !== null && typeof value === "object" ? JSON.stringify(value) : String(value ?? none)]);
		showDetails(t("trunk"), pairs, t("close"));
	}

	async refresh() {
		this.table.update((await api.trunks()).trunks);
	}
}
