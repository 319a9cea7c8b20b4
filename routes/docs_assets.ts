/** The style and the script of the page at /docs. The page names the hash of each, so nothing else can run in it. */

export const PAGE_STYLE = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 70rem; margin: 0 auto; padding: 1rem; }
header { position: sticky; top: 0; background: Canvas; padding-bottom: .5rem; border-bottom: 1px solid #8886; }
h1, h2, h3 { line-height: 1.2; margin: .6rem 0 .3rem; } h3 { font-size: 1rem; } h1 small { font-size: 1rem; opacity: .7; }
p { margin: .2rem 0; } nav { max-height: 5rem; overflow: auto; } nav a, p a { margin-right: .6rem; }
input { width: 100%; box-sizing: border-box; padding: .5rem; font: inherit; margin: .3rem 0; }
section, .item { scroll-margin-top: 13rem; }
.item { border: 1px solid #8884; border-radius: 4px; margin: .3rem 0; padding: .3rem .6rem; } .off { opacity: .6; }
summary { cursor: pointer; } summary b { display: inline-block; min-width: 4.5rem; }
.GET { color: #1a73c7; } .POST { color: #1b8a3d; } .PUT, .PATCH { color: #b26a00; } .DELETE { color: #c62828; }
pre { overflow: auto; background: #8882; padding: .6rem; border-radius: 4px; } ul { margin: .2rem 0; }
[hidden] { display: none; }
`;

export const PAGE_SCRIPT = `
const items = [...document.querySelectorAll(".item")];
const sections = [...document.querySelectorAll("section")];
const open = () => {
  const item = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (item?.tagName === "DETAILS") item.open = true;
};
document.getElementById("search").addEventListener("input", ({ target }) => {
  const words = target.value.toLowerCase().split(/\\s+/);
  for (const item of items) {
    const text = item.firstChild.textContent.toLowerCase();
    item.hidden = !words.every((word) => text.includes(word));
  }
  for (const section of sections) section.hidden = !section.querySelector(".item:not([hidden])");
});
for (const origin of document.querySelectorAll(".origin")) origin.textContent = location.origin;
addEventListener("hashchange", open);
open();
`;
