// A call's SIP messages as a ladder: the caller on the left, Tandem between, the callees on the right.
import {api} from "./api.js";
import {el, KeyedTable, setText, showWindow} from "./dom.js";
import {time} from "./format.js";
import {t} from "./i18n.js";

/** The way to a call's ladder, for a row of a table. */
export function ladderLink(id, call) {
	return el("a", {class: "button small", href: `#call/${encodeURIComponent(id)}`,
		"aria-label": `${t("messages")}: ${call.caller ?? ""} → ${call.callee ?? ""}`}, t("messages"));
}

const said = (message) => message.method ?? (message.code ? `${message.code} ${message.reason ?? ""}` : t("unreadable"));

function label(message) {
	if (!message.codec)
		return said(message);
	return `${said(message)} (${message.codec}${message.held ? ", " + t("held") : ""})`;
}

/** What tells a message from all others of its call. */
const keyOf = (message) => [message.time_us, message.leg, message.sent, said(message), message.cseq, message.cseq_method].join(" ");

const text = (packet) => new TextDecoder().decode(Uint8Array.from(atob(packet), (char) => char.charCodeAt(0)));

export class LadderView {
	constructor(app, id) {
		this.app = app;
		this.id = id;
		this.start = 0;
		this.when = el("span", {class: "count"});
		this.table = new KeyedTable({
			label: t("ladder"),
			empty: t("noMessages"),
			key: keyOf,
			columns: [
				{label: t("seconds"), cell: (message) => ((message.time_us - this.start) / 1e6).toFixed(3), class: "figure"},
				{label: `${t("caller")} – Tandem`, cell: (message) => this.rung(message, true), class: "rungs"},
				{label: `Tandem – ${t("callee")}`, cell: (message) => this.rung(message, false), class: "rungs"},
				{label: "CSeq", cell: (message) => `${message.cseq ?? ""} ${message.cseq_method ?? ""}`},
			],
		});
		this.node = el("section", {}, el("div", {class: "heading"}, el("h2", {}, t("ladder")), this.when), this.table.node);
	}

	/** The arrow points to where the message went; a button shows all of it. */
	rung(message, caller) {
		if ((message.leg === "a") !== caller)
			return "";
		const rightwards = caller !== message.sent;
		const peer = `${message.leg} ${message.sent ? message.to : message.from} ${message.transport}`;
		return el("button", {class: "rung", "data-way": rightwards ? "right" : "left", title: peer,
			onclick: () => this.app.run(() => this.messageShow(message))},
			el("span", {class: "leg"}, message.leg), label(message));
	}

	async messageShow(message) {
		const {messages} = await api.ladder(this.id, true);
		const whole = messages.find((other) => keyOf(other) === keyOf(message));
		const title = `${message.from} → ${message.to} ${message.transport}`;
		showWindow(title, el("pre", {}, whole ? text(whole.packet) : t("messageGone")), t("close"));
	}

	async refresh() {
		try {
			this.show((await api.ladder(this.id)).messages);
		} catch (error) {
			if (error.code !== "not_found")
				throw error;
			this.show([]);
		}
	}

	show(messages) {
		this.start = messages[0]?.time_us ?? 0;
		setText(this.when, this.start ? time(this.start) : "");
		this.table.update(messages);
	}
}
