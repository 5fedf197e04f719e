// The tiles: what an operator looks at first.
import {el, setText} from "./dom.js";
import {longDuration, none, number, percent} from "./format.js";
import {t} from "./i18n.js";

function turnedAway(door = {}) {
	return Object.entries(door).reduce((sum, [name, count]) =>
		["legs", "keepalive"].includes(name) ? sum : sum + count, 0);
}

/** A row a tile: what it is called, its figure, what stands below it, and how it is doing. */
const tiles = [
	{label: "state", value: (s) => t(s.state), note: (s) => `${t("uptime")} ${longDuration(s.uptime_s)}`,
		mood: (s) => (s.state === "running" ? "good" : "warn")},
	{label: "callsUp", value: (s) => number(s.calls.active), note: (s) => `${number(s.calls.answered)} ${t("answeredNow")}`},
	{label: "perSecond", value: (s) => number(s.calls.attempts_per_s, 1),
		note: (s) => `${number(s.calls.attempts)} ${t("attemptsTotal")}`},
	{label: "answerRatio", value: (s) => percent(s.calls.answers, s.calls.attempts),
		note: (s) => `${number(s.calls.answers)} ${t("answersTotal")}`},
	{label: "relay", value: (s) => t(s.relay.state), mood: (s) => (s.relay.state === "up" ? "good" : "bad"),
		note: (s) => `${number(s.relay.timeouts)} ${t("relayTimeouts")}`},
	{label: "records", value: (s) => t(s.writer.state), mood: (s) => (s.writer.state === "ok" ? "good" : "bad"),
		note: (s) => `${number(s.writer.records)} ${t("recordsTotal")}`},
	{label: "turnedAway", value: (s) => number(turnedAway(s.door)), note: () => t("turnedAwayHint")},
];

const unknown = {value: () => none, note: () => "", mood: () => ""};

export class Overview {
	constructor() {
		this.tiles = tiles.map((row) => ({row, value: el("p", {class: "value"}), note: el("p", {class: "note"})}));
		this.node = el("section", {class: "tiles", "aria-label": t("state")},
			...this.tiles.map((tile) => el("div", {class: "tile"}, el("h2", {}, t(tile.row.label)), tile.value, tile.note)));
	}

	/** `status` is null while the B2BUA does not answer. */
	update(status) {
		for (const tile of this.tiles) {
			const row = status ? tile.row : {...unknown};
			if (!status && tile.row.label === "state")
				Object.assign(row, {value: () => t("unreachable"), mood: () => "bad"});
			setText(tile.value, row.value(status));
			setText(tile.note, row.note(status));
			tile.value.dataset.mood = row.mood?.(status) ?? "";
		}
	}
}
