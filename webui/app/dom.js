// Elements, built from data. Text goes in as text, never as markup.

/** el("td", {class: "number"}, "12"): attributes by name, listeners as functions under "on…". */
export function el(tag, attributes = {}, ...children) {
	const node = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes)) {
		if (typeof value === "function")
			node.addEventListener(name.slice(2), value);
		else if (value === true)
			node.setAttribute(name, "");
		else if (value !== false && value !== null && value !== undefined)
			node.setAttribute(name, value);
	}
	node.append(...children.filter((child) => child !== null && child !== undefined));
	return node;
}

/** Change an element's text only when it is another: what the user has selected stays selected. */
export function setText(node, text) {
	if (node.textContent !== text)
		node.textContent = text;
}

/**
 * A table that keeps its rows: focus and scrolling survive an update.
 *
 * columns: [{label, cell(row) -> text or Node, class}]; key(row) tells rows apart.
 */
export class KeyedTable {
	constructor({label, columns, key, empty}) {
		this.columns = columns;
		this.key = key;
		this.rows = new Map();
		this.body = el("tbody");
		const heads = columns.map((column) => el("th", {scope: "col", class: column.class}, column.label));
		this.table = el("table", {"aria-label": label}, el("thead", {}, el("tr", {}, ...heads)), this.body);
		this.emptyText = empty;
		this.empty = el("p", {class: "empty"});
		this.node = el("div", {class: "table"}, this.table, this.empty);
	}

	/** `empty` is said when there are no rows. */
	update(rows, empty = this.emptyText) {
		setText(this.empty, empty);
		const kept = new Set(rows.map((row) => String(this.key(row))));
		for (const [key, node] of this.rows)
			if (!kept.has(key)) {
				node.remove();
				this.rows.delete(key);
			}
		rows.forEach((row, index) => this.place(row, index));
		this.table.hidden = rows.length === 0;
		this.empty.hidden = rows.length !== 0;
	}

	place(row, index) {
		const key = String(this.key(row));
		let node = this.rows.get(key);
		if (!node) {
			node = el("tr", {}, ...this.columns.map((column) =>
				el("td", {class: column.class, "data-label": column.label})));
			this.rows.set(key, node);
		}
		this.columns.forEach((column, i) => this.fill(node.cells[i], column.cell(row)));
		if (this.body.children[index] !== node)
			this.body.insertBefore(node, this.body.children[index] ?? null);
	}

	fill(cell, content) {
		if (!(content instanceof Node))
			setText(cell, content);
		else if (!cell.firstChild || !cell.firstChild.isEqualNode(content))
			cell.replaceChildren(content);
	}
}

/** Ask before something is done; resolves to true or false. */
export function ask(question, yes, no) {
	return new Promise((resolve) => {
		const dialog = el("dialog", {class: "ask", "aria-label": question},
			el("p", {}, question),
			el("form", {method: "dialog", class: "buttons"},
				el("button", {value: "no"}, no),
				el("button", {value: "yes", class: "danger"}, yes)));
		dialog.addEventListener("close", () => {
			resolve(dialog.returnValue === "yes");
			dialog.remove();
		});
		document.body.append(dialog);
		dialog.showModal();
	});
}

/** Names and values in a window of their own; Escape closes it. */
export function showDetails(title, pairs, close) {
	showWindow(title, el("dl", {}, ...pairs.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])), close);
}

export function showWindow(title, content, close) {
	const dialog = el("dialog", {class: "details", "aria-label": title},
		el("header", {}, el("h2", {}, title), el("form", {method: "dialog"}, el("button", {}, close))), content);
	dialog.addEventListener("close", () => dialog.remove());
	document.body.append(dialog);
	dialog.showModal();
}
