// Numbers and times as people read them, in the language of the page.
import {language} from "./i18n.js";

export const none = "–";

export function number(value, digits = 0) {
	return new Intl.NumberFormat(language, {maximumFractionDigits: digits}).format(value ?? 0);
}

export function percent(part, whole) {
	if (!whole)
		return none;
	return new Intl.NumberFormat(language, {style: "percent", maximumFractionDigits: 1}).format(part / whole);
}

/** Milliseconds as 0:07, 12:05 or 1:02:03. */
export function duration(ms) {
	const seconds = Math.floor((ms ?? 0) / 1000);
	const parts = [Math.floor(seconds / 60) % 60, seconds % 60];
	const hours = Math.floor(seconds / 3600);
	const text = hours ? [hours, ...parts] : parts;
	return text.map((part, i) => (i ? String(part).padStart(2, "0") : String(part))).join(":");
}

/** Seconds as the largest two units: "3 d 4 h". */
export function longDuration(seconds) {
	const units = [[86400, "day"], [3600, "hour"], [60, "minute"], [1, "second"]];
	const first = Math.max(0, units.findIndex(([size]) => seconds >= size));
	return units.slice(first, first + 2)
		.map(([size, unit], i) => [Math.floor((i ? seconds % units[first][0] : seconds) / size), unit])
		.filter(([count], i) => count || !i)
		.map(([count, unit]) => new Intl.NumberFormat(language, {style: "unit", unit, unitDisplay: "narrow"}).format(count))
		.join(" ");
}

/** Microseconds since 1970 as local date and time. */
export function time(us) {
	if (!us)
		return none;
	return new Intl.DateTimeFormat(language, {dateStyle: "short", timeStyle: "medium", hourCycle: "h23"}).format(us / 1000);
}

export function clock(date) {
	return new Intl.DateTimeFormat(language, {timeStyle: "medium", hourCycle: "h23"}).format(date);
}
