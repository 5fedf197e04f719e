// The trunks and the calls they carry.
import {api} from "./api.js";
import {el, KeyedTable, showDetails} from "./dom.js";
import {objectEdit} from "./edit.js";
import {none, number} from "./format.js";
import {t} from "./i18n.js";

/** What most trunks are told apart by; all else is behind "more". */
const first = ["name", "interface", "match", "target", "account", "cost_tariff", "max_calls", "enabled", "auth_user", "auth_password"];

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
				{label: "", cell: (trunk) => this.buttons(trunk), class: "action"},
			],
		});
		this.node = el("section", {}, el("div", {class: "heading"}, el("h2", {}, t("trunks")), el("div", {class: "filter"},
			this.button(t("newTrunk"), "primary", null, () => this.edit(null)))), this.table.node);
	}

	button(text, look, name, action) {
		return el("button", {class: look, "aria-label": name === null ? text : `${text}: ${name}`, onclick: () => this.app.run(action)}, text);
	}

	buttons(trunk) {
		return el("div", {class: "inputs"},
			this.button(t("details"), "small", trunk.name, () => this.detailsShow(trunk.name)),
			this.button(t("edit"), "small", trunk.name, () => this.edit(trunk.name)));
	}

	/** Every field as it is provisioned; passwords are not among them. */
	async detailsShow(name) {
		const {trunks} = await api.config("trunks");
		const fields = trunks.find((trunk) => trunk.name === name) ?? {name};
		const pairs = Object.entries(fields).map(([field, value]) =>
			[field, value !== null && typeof value === "object" ? JSON.stringify(value) : String(value ?? none)]);
		showDetails(t("trunk"), pairs, t("close"));
	}

	async edit(name) {
		await objectEdit({plural: "trunks", key: name, title: name === null ? t("newTrunk") : `${t("trunk")}: ${name}`, first});
		await this.app.refresh();
	}

	async refresh() {
		this.table.update((await api.trunks()).trunks);
	}
}
