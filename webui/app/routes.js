// Where numbers go: prefixes and the trunks that are tried for them.
import {api} from "./api.js";
import {el, KeyedTable, setText} from "./dom.js";
import {objectEdit} from "./edit.js";
import {number} from "./format.js";
import {t} from "./i18n.js";

const routesMs = 15000, shownMax = 500;

export class RouteView {
	constructor(app) {
		this.app = app;
		this.freshUntil = 0;
		this.begins = "";
		this.count = el("span", {class: "count"});
		this.table = new KeyedTable({
			label: t("routes"),
			empty: t("noRoutes"),
			key: (route) => route.prefix,
			columns: [
				{label: t("field.prefix"), cell: (route) => route.prefix || t("anyNumber"), class: "name"},
				{label: t("field.trunks"), cell: (route) => route.trunks.join(", "), class: "note"},
				{label: "", cell: (route) => this.editButton(route), class: "action"},
			],
		});
		this.node = el("section", {}, el("div", {class: "heading"}, el("h2", {}, t("routes")), this.count, this.form()), this.table.node);
	}

	form() {
		const begins = el("input", {id: "begins", type: "search", inputmode: "tel", maxlength: 32});
		const submit = (event) => {
			event.preventDefault();
			this.begins = begins.value.trim();
			this.again();
		};
		return el("form", {class: "filter", onsubmit: submit}, el("label", {for: "begins"}, t("prefixBegins")), begins,
			el("button", {}, t("show")), el("button", {type: "button", class: "primary", "data-new": "route",
				onclick: () => this.app.run(() => this.edit(null))}, t("newRoute")));
	}

	editButton(route) {
		return el("button", {class: "small", "aria-label": `${t("edit")}: ${route.prefix || t("anyNumber")}`,
			onclick: () => this.app.run(() => this.edit(route.prefix))}, t("edit"));
	}

	async edit(prefix) {
		const title = prefix === null ? t("newRoute") : `${t("route")}: ${prefix || t("anyNumber")}`;
		await objectEdit({plural: "routes", key: prefix, title, first: ["prefix", "trunks", "strategy"]});
		await this.again();
	}

	async again() {
		this.freshUntil = 0;
		await this.app.refresh();
	}

	/** Routes change seldom, and there may be very many. */
	async refresh() {
		if (Date.now() < this.freshUntil)
			return;
		const {routes} = await api.config("routes");
		this.freshUntil = Date.now() + routesMs;
		const found = routes.filter((route) => route.prefix.startsWith(this.begins))
			.sort((a, b) => (a.prefix < b.prefix ? -1 : 1));
		this.table.update(found.slice(0, shownMax));
		setText(this.count, found.length > shownMax ? `${number(found.length)} (${number(shownMax)} ${t("shown")})` : number(found.length));
	}
}
