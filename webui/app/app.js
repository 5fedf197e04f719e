// The frame: who is logged in, which view is shown, and when it is refreshed.
import {AccountView} from "./account.js";
import {AccountsView} from "./accounts.js";
import {api} from "./api.js";
import {LiveView, pollMs} from "./calls.js";
import {RecordView} from "./cdr.js";
import {CdrView} from "./cdrs.js";
import {el, setText} from "./dom.js";
import {errorText} from "./errors.js";
import {clock} from "./format.js";
import {language, languages, languageSet, t} from "./i18n.js";
import {LadderView} from "./ladder.js";
import {loginView} from "./login.js";
import {RateView} from "./rates.js";
import {ReportView} from "./reports.js";
import {RouteView} from "./routes.js";
import {TrunkView} from "./trunks.js";
import {WebhookView} from "./webhooks.js";

const views = {live: LiveView, cdrs: CdrView, accounts: AccountsView, rates: RateView, reports: ReportView, trunks: TrunkView, routes: RouteView,
	webhooks: WebhookView};

/** Views of one thing, "KIND/NAME", and the view of the bar they belong to. */
const single = {
	call: {view: LadderView, of: "cdrs"},
	cdr: {view: RecordView, of: "cdrs"},
	account: {view: AccountView, of: "accounts"},
};

/** Of a link that somebody wrote by hand, too. */
function decoded(text) {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}

/** What the address names: a view of the bar, or one thing; and what is marked in the bar. */
function viewOf(app, hash) {
	const [kind, name] = [hash.split("/", 1)[0], hash.slice(hash.indexOf("/") + 1)];
	if (hash.includes("/") && Object.hasOwn(single, kind))
		return [new single[kind].view(app, decoded(name)), single[kind].of];
	return [new (Object.hasOwn(views, hash) ? views[hash] : LiveView)(app), hash];
}

class App {
	constructor(root) {
		this.root = root;
		this.problem = el("p", {class: "banner", role: "status", hidden: true});
		this.nodeName = el("span", {class: "node"});
		addEventListener("hashchange", () => this.viewShow());
		document.addEventListener("visibilitychange", () => this.tick());
	}

	async start() {
		document.documentElement.lang = language;
		try {
			await api.status();
		} catch (error) {
			if (error.status === 401)
				return this.loginShow();
		}
		return this.frameShow();
	}

	loginShow() {
		this.view = this.main = null;
		this.root.replaceChildren(loginView(() => this.frameShow(), this.languageSwitch()));
	}

	frameShow() {
		const links = Object.keys(views).map((name) => el("a", {href: `#${name}`, "data-view": name}, t(name)));
		this.nav = el("nav", {"aria-label": t("views")}, ...links);
		this.main = el("main", {id: "main", tabindex: -1});
		this.root.replaceChildren(
			el("header", {class: "bar"},
				el("img", {src: "icon.svg", alt: "", width: 28, height: 28}), el("strong", {}, "Tandem"), this.nodeName, this.nav,
				this.languageSwitch(), el("button", {onclick: () => this.logout()}, t("logout"))),
			this.problem, this.main);
		this.viewShow();
	}

	viewShow() {
		if (!this.main)
			return;
		const [view, name] = viewOf(this, location.hash.slice(1) || "live");
		this.view = view;
		this.main.replaceChildren(this.view.node);
		for (const link of this.nav.children)
			link.ariaCurrent = link.dataset.view === name ? "page" : null;
		this.tick();
	}

	/** Refresh now and then again, for as long as somebody looks. */
	async tick() {
		clearTimeout(this.timer);
		if (!this.view || document.hidden)
			return;
		await this.refresh();
		clearTimeout(this.timer);
		if (this.view)
			this.timer = setTimeout(() => this.tick(), pollMs);
	}

	async refresh() {
		const view = this.view;
		if (await this.run(() => view.refresh()))
			this.refreshed = new Date();
	}

	/** Do something; say what went wrong, and ask for the password if that is it. True: it was done. */
	async run(action) {
		try {
			await action();
			this.problem.hidden = true;
			return true;
		} catch (error) {
			if (error.status === 401)
				this.loginShow();
			else
				this.problemShow(error);
			return false;
		}
	}

	problemShow(error) {
		const what = errorText(error);
		const since = this.refreshed ? ` ${t("stale")} ${clock(this.refreshed)}` : "";
		setText(this.problem, what + since);
		this.problem.hidden = false;
	}

	nodeShow(name) {
		setText(this.nodeName, name);
	}

	async logout() {
		await this.run(() => api.logout());
		this.loginShow();
	}

	languageSwitch() {
		const choose = (event) => {
			languageSet(event.target.value);
			this.start();
		};
		return el("select", {class: "language", "aria-label": t("language"), onchange: choose},
			...Object.entries(languages).map(([tag, name]) => el("option", {value: tag, selected: tag === language}, name)));
	}
}

new App(document.getElementById("app")).start();
