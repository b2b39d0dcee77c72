"""What the tests run or style in a page, to read it and to look at it closely."""

READ_PAGE = """() => ({
    language: document.documentElement.lang,
    title: document.title.trim(),
    headings: [...document.querySelectorAll("h1")].map(heading => heading.textContent.trim()),
    pictures: [...document.images].filter(picture => !picture.hasAttribute("alt"))
        .map(picture => picture.src),
    links: [...document.querySelectorAll("a[href], area[href]")].map(link => link.href),
    ids: [...document.querySelectorAll("[id]")].map(element => element.id),
})"""

RUN_AXE = """async (tags) => {
    const options = {resultTypes: ["violations"]};
    if (tags) options.runOnly = {type: "tag", values: tags};
    const results = await axe.run(document, options);
    return results.violations.flatMap(violation => violation.nodes.map(node =>
        `${violation.id}: ${node.target.join(" ")}: ${node.any.concat(node.all, node.none)
            .map(check => check.message).join("; ")}`));
}"""

#: The same for what lies within a part of the page; what surrounds it is somebody else's.
RUN_AXE_WITHIN = RUN_AXE.replace("async (tags) =>", "async ([within, tags]) =>").replace(
    "axe.run(document, ", "axe.run({include: within}, "
)

UNFOLD_ALL = "() => document.querySelectorAll('details').forEach(one => { one.open = true; })"

FOLD_ALL = UNFOLD_ALL.replace("true", "false")

#: Of things folded that look alike, axe has enough of one: it takes seconds for all of them.
UNFOLD_SOME = """() => {
    const seen = new Set();
    for (const details of document.querySelectorAll("details")) {
        if (!seen.has(details.className)) details.open = true;
        seen.add(details.className);
    }
}"""

#: Of things that look alike, axe has enough of a few: it takes seconds for all of them.
THIN_OUT = """() => {
    const few = 8, name = element => `${element.localName}.${element.className}`;
    for (const parent of document.querySelectorAll("main *:not(thead *)")) {
        const counts = {};
        for (const child of [...parent.children]) {
            counts[name(child)] = (counts[name(child)] ?? 0) + 1;
            if (counts[name(child)] > few && child.localName !== "td") child.remove();
        }
    }
}"""

#: How far the page, and what sticks out of it, reaches over its right edge.
READ_OVERFLOW = """() => {
    const width = document.documentElement.clientWidth;
    const over = document.documentElement.scrollWidth - width;
    if (over <= 0) return [];
    const names = [...document.body.querySelectorAll("*")]
        .filter(element => element.getBoundingClientRect().right > width + 0.5)
        .map(element => `${element.localName}.${element.className}`);
    return [`${over}px over ${width}px`, ...names.slice(0, 5)];
}"""

#: What readers who need it set for themselves (WCAG 1.4.12).
TEXT_SPACING = """
    * { line-height: 1.5 !important; letter-spacing: 0.12em !important;
        word-spacing: 0.16em !important; }
    p { margin-block-end: 2em !important; }
"""
