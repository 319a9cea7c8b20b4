/** `completions`: a script for bash, zsh or fish that completes the commands and their options. */
import { type Command, EXIT, usageError } from "./command.ts";
import { COMMON_OPTIONS } from "./arguments.ts";

export function completionsOf(commands: () => readonly Command[]): Command {
  return {
    name: "completions",
    summary: "Print a script that completes commands in a shell",
    usage: "bash|zsh|fish",
    help: "Example: source <(tocsin completions bash)",
    run({ operands, print }) {
      const shell = operands[0] ?? "";
      const script = { bash: bashScript, zsh: zshScript, fish: fishScript }[shell];
      if (script === undefined || operands.length > 1) throw usageError("expected one of bash, zsh, fish");
      print(script(commands()));
      return Promise.resolve(EXIT.ok);
    },
  };
}

function optionsOf({ options = {} }: Command): string[] {
  return Object.keys({ ...options, ...COMMON_OPTIONS }).map((name) => `--${name}`);
}

/** First words, each with the second words that may follow. */
function wordsOf(commands: readonly Command[]): Map<string, string[]> {
  const words = new Map<string, string[]>();
  for (const { name } of commands) {
    const [first = "", second] = name.split(" ");
    words.set(first, [...words.get(first) ?? [], ...second === undefined ? [] : [second]]);
  }
  return words;
}

function bashScript(commands: readonly Command[]): string {
  const words = wordsOf(commands);
  const seconds = [...words].filter(([, list]) => list.length > 0);
  return `_tocsin() {
  local word="\${COMP_WORDS[COMP_CWORD]}" words=""
  if [ "$COMP_CWORD" -eq 1 ]; then words="${[...words.keys()].join(" ")}"
  elif [[ "$word" != -* && "$COMP_CWORD" -eq 2 ]]; then
    case "\${COMP_WORDS[1]}" in
${seconds.map(([first, list]) => `      ${first}) words="${list.join(" ")}" ;;`).join("\n")}
    esac
  elif [[ "$word" == -* ]]; then
    case "\${COMP_WORDS[1]} \${COMP_WORDS[2]}" in
${
    commands.map((one) =>
      `      "${one.name}"${one.name.includes(" ") ? "" : "\\ *"}) words="${optionsOf(one).join(" ")}" ;;`
    )
      .join("\n")
  }
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
  if [ "\${#COMPREPLY[@]}" -eq 0 ]; then COMPREPLY=($(compgen -f -- "$word")); fi
}
complete -F _tocsin tocsin
`;
}

/** zsh takes bash's own, by its bridge. */
function zshScript(commands: readonly Command[]): string {
  return `autoload -U +X bashcompinit && bashcompinit\n${bashScript(commands)}`;
}

function fishScript(commands: readonly Command[]): string {
  const words = wordsOf(commands);
  const lines = [`complete -c tocsin -n __fish_use_subcommand -f -a "${[...words.keys()].join(" ")}"`];
  for (const [first, list] of words) {
    if (list.length === 0) continue;
    const within = `__fish_seen_subcommand_from ${first}; and not __fish_seen_subcommand_from ${
      list.join(" ")
    }`;
    lines.push(`complete -c tocsin -n "${within}" -f -a "${list.join(" ")}"`);
  }
  for (const command of commands) {
    const seen = command.name.split(" ").map((word) => `__fish_seen_subcommand_from ${word}`).join("; and ");
    for (const option of optionsOf(command)) {
      lines.push(`complete -c tocsin -n "${seen}" -l ${option.slice(2)}`);
    }
  }
  return `${lines.join("\n")}\n`;
}
