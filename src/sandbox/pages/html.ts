const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escape(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => ENTITIES[letter]!);
}

/** A page that works without script. Light and dark follow the reader's setting. */
export function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)} – sandbox gateway</title>
<style>
:root { color-scheme: light dark; --accent: #4338ca; --on-accent: #fff; --line: #6b7280; --wrong: #b91c1c; --page: #fff; --text: #111827; }
@media (prefers-color-scheme: dark) { :root { --accent: #a5b4fc; --on-accent: #111827; --line: #9ca3af; --wrong: #fca5a5; --page: #111827; --text: #f9fafb; } }
* { box-sizing: border-box; }
body { background: var(--page); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; max-width: 26rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; }
label { display: block; margin-top: 1rem; }
fieldset { margin-top: 1rem; border: 1px solid var(--line); border-radius: .4rem; }
.choice { margin-top: .5rem; }
.choice input { display: inline; width: auto; }
input { display: block; width: 100%; font: inherit; padding: .6rem; border: 1px solid var(--line); border-radius: .4rem; }
.row { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; }
button { font: inherit; font-weight: 600; width: 100%; margin-top: 1.5rem; padding: .7rem; border: 2px solid var(--accent); border-radius: .4rem; background: var(--accent); color: var(--on-accent); cursor: pointer; }
button.second { background: transparent; color: var(--accent); margin-top: .75rem; }
a { color: var(--accent); }
.note { border-left: .3rem solid var(--accent); padding-left: .75rem; }
[role=alert] { color: var(--wrong); font-weight: 600; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;
}
