// The trunks and the calls they carry.
import {api} from "./api.js";
import {el, KeyedTable} from "./dom.js";
import {none, number} from "./format.js";
import {t} from "./i18n.js";

export class TrunkView {
	constructor() {
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
			],
		});
		this.node = el("section", {}, el("div", {class: "heading"}, el("h2", {}, t("trunks"))), this.table.node);
	}

	async refresh() {
		this.table.update((await api.trunks()).trunks);
	}
}
