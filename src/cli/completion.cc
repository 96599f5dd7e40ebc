#include "cli/completion.h"

#include <fmt/core.h>

namespace firesteel::cli {

namespace {

constexpr std::string_view kNames = "firesteel list -o name 2>/dev/null | sed 's|.*/||'";

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::vector<std::string> option_words(const CommandDescription& command) {
  std::vector<std::string> words;
  for (const OptionDescription& option : command.options) {
    words.push_back(option.name);
    if (!option.letter.empty()) words.push_back(option.letter);
  }
  return words;
}

// The words that may follow `prefix` ("" or "image "): names of commands one level below.
std::vector<std::string> names_below(std::span<const CommandDescription> commands,
                                     std::string_view prefix) {
  std::vector<std::string> names;
  for (const CommandDescription& command : commands) {
    const std::string_view name = command.name;
    if (!name.starts_with(prefix)) continue;
    const std::string_view rest = name.substr(prefix.size());
    if (!rest.empty() && rest.find(' ') == std::string_view::npos) names.emplace_back(rest);
  }
  return names;
}

std::string dotted_names(std::span<const CommandDescription> commands) {
  std::vector<std::string> names;
  for (const CommandDescription& command : commands) {
    names.push_back(command.name);
    std::ranges::replace(names.back(), ' ', '.');
  }
  return join(names);
}

// Bash: one case for each command, by the words typed so far that are no options.
std::string bash_script(std::span<const CommandDescription> commands) {
  std::string cases;
  std::string values;
  for (const CommandDescription& command : commands) {
    std::vector<std::string> words = option_words(command);
    const std::vector<std::string> below = names_below(commands, command.name + " ");
    words.insert(words.end(), below.begin(), below.end());
    words.insert(words.end(), command.words.begin(), command.words.end());
    std::string action = fmt::format("words=\"{}\"", join(words));
    if (command.takes_file) action += "; files=1";
    if (command.takes_application) action += fmt::format("; names=1");
    cases += fmt::format("    \"{}\") {} ;;\n", command.name, action);
    for (const OptionDescription& option : command.options) {
      if (option.values.empty()) continue;
      values += fmt::format(
          "    \"{}:{}\"{}) COMPREPLY=($(compgen -W \"{}\" -- \"$cur\")); return ;;\n",
          command.name, option.name,
          option.letter.empty() ? "" : fmt::format("|\"{}:{}\"", command.name, option.letter),
          join(option.values));
    }
  }
  return fmt::format(
      "# bash completion for firesteel: source <(firesteel completion bash)\n"
      "_firesteel() {{\n"
      "  local cur=\"${{COMP_WORDS[COMP_CWORD]}}\" prev=\"${{COMP_WORDS[COMP_CWORD-1]}}\"\n"
      "  local command=\"\" words=\"\" files=\"\" names=\"\" word\n"
      "  for word in \"${{COMP_WORDS[@]:1:COMP_CWORD-1}}\"; do\n"
      "    case \"$word\" in\n"
      "      -*) ;;\n"
      "      *) case \" {} \" in *\" ${{command:+$command }}$word \"*|*\" "
      "${{command:+$command.}}$word \"*)\n"
      "           command=\"${{command:+$command }}$word\" ;; esac ;;\n"
      "    esac\n"
      "  done\n"
      "  case \"$command:$prev\" in\n"
      "{}"
      "  esac\n"
      "  case \"$command\" in\n"
      "    \"\") words=\"{}\" ;;\n"
      "{}"
      "  esac\n"
      "  if [ -n \"$names\" ] && [[ \"$cur\" != -* ]]; then words=\"$({})\"; fi\n"
      "  # Options only when one is begun.\n"
      "  if [[ \"$cur\" != -* ]]; then words=\"$(printf '%s\\n' $words | grep -v '^-')\"; fi\n"
      "  COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
      "  if [ -n \"$files\" ] && [[ \"$cur\" != -* ]]; then COMPREPLY=($(compgen -f -- \"$cur\")); "
      "fi\n"
      "}}\n"
      "complete -o filenames -F _firesteel firesteel\n",
      // "image list" is told from "image" and "list" by a dot.
      dotted_names(commands), values, join(names_below(commands, "")), cases, kNames);
}

std::string zsh_script(std::span<const CommandDescription> commands) {
  // zsh reads bash's completions: one script, the same answers.
  return "#compdef firesteel\n"
         "# zsh completion for firesteel: source <(firesteel completion zsh)\n"
         "autoload -U +X compinit && compinit\n"
         "autoload -U +X bashcompinit && bashcompinit\n" +
         bash_script(commands);
}

std::string fish_quote(std::string_view text) {
  std::string quoted = "'";
  for (const char letter : text) {
    if (letter == '\'' || letter == '\\') quoted += '\\';
    quoted += letter;
  }
  return quoted + "'";
}

std::string fish_script(std::span<const CommandDescription> commands) {
  std::string script =
      "# fish completion for firesteel: firesteel completion fish | source\n"
      "complete -c firesteel -f\n";
  for (const CommandDescription& command : commands) {
    const std::size_t space = command.name.find(' ');
    const std::string last =
        space == std::string::npos ? command.name : command.name.substr(space + 1);
    const std::string before =
        space == std::string::npos
            ? "__fish_use_subcommand"
            : fmt::format("__fish_seen_subcommand_from {}", command.name.substr(0, space));
    script += fmt::format("complete -c firesteel -n {} -a {} -d {}\n", fish_quote(before), last,
                          fish_quote(command.text));
    const std::string inside = fish_quote("__fish_seen_subcommand_from " + last);
    for (const OptionDescription& option : command.options) {
      script += fmt::format("complete -c firesteel -n {} -l {}", inside, option.name.substr(2));
      if (!option.letter.empty()) script += fmt::format(" -s {}", option.letter.substr(1));
      if (option.takes_value) script += " -r";
      if (!option.values.empty()) script += fmt::format(" -a {}", fish_quote(join(option.values)));
      script += fmt::format(" -d {}\n", fish_quote(option.text));
    }
    if (!command.words.empty()) {
      script += fmt::format("complete -c firesteel -n {} -a {}\n", inside,
                            fish_quote(join(command.words)));
    }
    if (command.takes_file) script += fmt::format("complete -c firesteel -n {} -F\n", inside);
    if (command.takes_application) {
      script += fmt::format("complete -c firesteel -n {} -a {}\n", inside,
                            fish_quote(fmt::format("({})", kNames)));
    }
  }
  return script;
}

}  // namespace

std::string completion_script(std::string_view shell,
                              std::span<const CommandDescription> commands) {
  if (shell == "zsh") return zsh_script(commands);
  if (shell == "fish") return fish_script(commands);
  return bash_script(commands);
}

}  // namespace firesteel::cli
