/** As much of curl as the README uses: `curl [-H header] [-d text | --data-binary @-] url`. */

const headers = new Headers();
let url = "";
let body: BodyInit | null = null;

const args = [...Deno.args];
for (let arg = args.shift(); arg !== undefined; arg = args.shift()) {
  if (arg === "-H") {
    const [name, ...value] = args.shift()!.split(":");
    headers.set(name!, value.join(":").trim());
  } else if (arg === "-d") body = args.shift()!;
  else if (arg === "--data-binary" && args.shift() === "@-") {
    body = await new Response(Deno.stdin.readable).text();
  } else url = arg;
}

const answer = await fetch(url, { method: body === null ? "GET" : "POST", headers, body });
console.log(await answer.text());
