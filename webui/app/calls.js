// Calls up now, and the button that ends one.
import {api} from "./api.js";
import {ask, el, KeyedTable, setText} from "./dom.js";
import {duration, none, number} from "./format.js";
import {t} from "./i18n.js";
import {ladderLink} from "./ladder.js";
import {Overview} from "./overview.js";

export const pollMs = 2000;

export class LiveView {
	constructor(app) {
		this.app = app;
		this.overview = new Overview();
		this.count = el("span", {class: "count"});
		this.table = new KeyedTable({
			label: t("liveCalls"),
			empty: t("noCalls"),
			key: (call) => call.id,
			columns: [
				{label: t("caller"), cell: (call) => call.caller || none, class: "number"},
				{label: t("callee"), cell: (call) => call.callee || none, class: "number"},
				{label: t("from"), cell: (call) => call.src_trunk || none},
				{label: t("to"), cell: (call) => call.dst_trunk || none},
				{label: t("account"), cell: (call) => call.account || none},
				{label: t("callState"), cell: (call) => el("span", {class: "badge", "data-mood": call.talk_ms ? "good" : "warn"},
					t(`call.${call.state}`, call.state))},
				{label: t("age"), cell: (call) => duration(call.age_ms), class: "figure"},
				{label: t("talk"), cell: (call) => (call.talk_ms ? duration(call.talk_ms) : none), class: "figure"},
				{label: "", cell: (call) => ladderLink(call.id, call), class: "action"},
				{label: "", cell: (call) => this.hangupButton(call), class: "action"},
			],
		});
		this.node = el("div", {}, this.overview.node,
			el("section", {}, el("div", {class: "heading"}, el("h2", {}, t("liveCalls")), this.count), this.table.node));
	}

	hangupButton(call) {
		const name = `${t("hangup")}: ${call.caller ?? ""} → ${call.callee ?? ""}`;
		return el("button", {class: "danger small", "aria-label": name, "data-id": call.id, onclick: () => this.hangup(call)},
			t("hangup"));
	}

	async hangup(call) {
		const question = `${t("hangupAsk")} ${call.caller ?? ""} → ${call.callee ?? ""}`;
		if (!await ask(question, t("hangup"), t("cancel")))
			return;
		await this.app.run(() => api.hangup(call.id));
		await this.app.refresh();
	}

	async refresh() {
		try {
			const status = await api.status();
			this.overview.update(status);
			this.app.nodeShow(status.node);
			this.show(await api.calls());
		} catch (error) {
			if (error.code === "b2bua_unreachable") {
				this.overview.update(null);
				this.table.update([], t("notKnown"));
				setText(this.count, none);
			}
			throw error;
		}
	}

	show({calls, total}) {
		this.table.update(calls);
		setText(this.count, calls.length < total ? `${number(calls.length)} / ${number(total)} ${t("shown")}` : number(total));
	}
}
