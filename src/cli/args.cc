#include "cli/args.h"

#include <CLI/CLI.hpp>

#include "cli/format.h"

namespace firesteel::cli {

namespace {

constexpr std::string_view kFooter =
    "Every command also takes --kubeconfig, --context and -n, --namespace.\n"
    "Exit codes: 0 ok, 1 the job or request failed, 2 bad usage or bad input file,\n"
    "            3 the cluster cannot be reached, 130 interrupted.";

struct NamedOutput {
  std::string_view name;
  Output output;
};
constexpr NamedOutput kOutputs[] = {{"table", Output::kTable},
                                    {"wide", Output::kWide},
                                    {"name", Output::kName},
                                    {"json", Output::kJson},
                                    {"yaml", Output::kYaml}};

// The tree of commands, whose callbacks leave the chosen one in `command`. Options live in shared
// structs, since CLI11 writes into them while it parses.
class Grammar {
 public:
  Grammar();
  CLI::App app{"Apache Spark on Kubernetes, or on this machine.", "firesteel"};
  Target target;
  std::optional<Command> command;

 private:
  template <typename Options>
  std::pair<CLI::App*, std::shared_ptr<Options>> add(const std::string& name,
                                                     const std::string& text,
                                                     CLI::App* parent = nullptr) {
    CLI::App* const sub = (parent == nullptr ? &app : parent)->add_subcommand(name, text);
    sub->fallthrough();
    auto options = std::make_shared<Options>();
    sub->callback([this, options] { command = *options; });
    return {sub, options};
  }
  void add_globals();
  void add_cluster();
  void add_operator();
  static void add_serving(CLI::App* sub, OperatorOptions& options);
  void add_run();
  void add_reading();
  void add_doctor();
  void add_writing();
  void add_others();
};

// Only one of `allowed` ("table|json|yaml"), which is shown as the type.
CLI::Option* only(CLI::Option* option, const std::string& allowed) {
  return option->type_name(allowed)->check(CLI::Validator(
      [allowed](std::string& text) {
        const bool known = ("|" + allowed + "|").find("|" + text + "|") != std::string::npos;
        return known && !text.empty() ? std::string()
                                      : "found \"" + text + "\", expected one of " + allowed;
      },
      ""));
}

void add_output(CLI::App* sub, Output& output, const std::string& allowed) {
  only(sub->add_option_function<std::string>(
           "-o,--output",
           [&output](const std::string& text) {
             for (const NamedOutput& named : kOutputs) {
               if (named.name == text) output = named.output;
             }
           },
           "How to print it"),
       allowed);
}

void add_directory(CLI::App* sub, std::string& directory) {
  sub->add_option("--dir", directory,
                  "The cluster's data directory (default: firesteel under $XDG_DATA_HOME)")
      ->type_name("DIR");
}

void add_images(CLI::App* sub, std::string& images) {
  sub->add_option("--images", images,
                  "Where images are kept (default: $FIRESTEEL_IMAGES, else "
                  "firesteel/images under $XDG_CACHE_HOME)")
      ->type_name("DIR");
}

void add_duration(CLI::App* sub, const std::string& names, std::chrono::seconds& duration,
                  const std::string& text) {
  sub->add_option_function<std::string>(
         names, [&duration](const std::string& given) { duration = *parse_duration(given); }, text)
      ->type_name("DURATION")
      ->check(CLI::Validator(
          [](std::string& given) {
            return parse_duration(given)
                       ? std::string()
                       : "found \"" + given + "\", expected a duration such as 45s, 10m or 1h30m";
          },
          ""));
}

Grammar::Grammar() {
  app.require_subcommand(1);
  app.footer(std::string(kFooter));
  app.set_help_all_flag("--help-all", "Help for every command");
  add_globals();
  add_cluster();
  add_run();
  add_reading();
  add_doctor();
  add_writing();
  add_operator();
  add_others();
}

void Grammar::add_globals() {
  app.add_option("--kubeconfig", target.kubeconfig, "The kubeconfig file")->type_name("FILE");
  app.add_option("--context", target.context, "The kubeconfig context (default: the current one)")
      ->type_name("NAME");
  app.add_option("-n,--namespace", target.space, "The namespace (default: the context's)")
      ->type_name("NAME");
}

void add_up_options(CLI::App* sub, UpOptions& options) {
  add_directory(sub, options.directory);
  sub->add_option("--port", options.port, "The API's port (default: the former one, else 6443)")
      ->check(CLI::Range(1, 65535))
      ->type_name("PORT");
  sub->add_flag("--foreground", options.foreground, "Stay attached until interrupted");
  sub->add_flag("--no-kubeconfig", options.no_kubeconfig, "Leave the kubeconfig file alone");
  sub->add_option("--memory-mib", options.memory_mib,
                  "What the node offers to pods, in MiB (default: the machine's memory)")
      ->check(CLI::Range(1, 64 * 1024 * 1024))
      ->type_name("MIB");
}

void Grammar::add_cluster() {
  const auto [up, up_options] = add<UpOptions>("up", "Bring up the cluster on this machine");
  add_up_options(up, *up_options);
  up->add_option("--with", up_options->addons,
                 "Neighbours to bring up too: s3, hive-metastore, or data for both")
      ->delimiter(',')
      ->type_name("ADDON");
  const auto [daemon, daemon_options] = add<DaemonOptions>("daemon", "The cluster's process");
  add_up_options(daemon, daemon_options->up);
  daemon->group("");  // hidden: `up` starts it
  const auto [down, down_options] = add<DownOptions>("down", "Stop the cluster on this machine");
  add_directory(down, down_options->directory);
  down->add_flag("--purge", down_options->purge, "Also remove its data and its context");
}

void Grammar::add_run() {
  const auto [run, options] =
      add<RunOptions>("run", "Run an application, follow its progress and log");
  run->add_option("file", options->file,
                  "A SparkApplication manifest, a .py, .jar or .sql file, or - for standard input")
      ->required()
      ->type_name("FILE");
  run->add_option("arguments", options->arguments, "After --: arguments of a bare file")
      ->type_name("ARGUMENT");
  run->add_flag("-d,--detach", options->detach, "Return once it is submitted");
  run->add_flag("--replace", options->replace, "Delete an application of that name first");
  add_duration(run, "--timeout", options->timeout, "Stop following after that long (exit 1)");
  run->add_option("--image", options->image, "The image, for a bare file")->type_name("IMAGE");
  run->add_option("--class", options->main_class, "The main class, for a bare .jar")
      ->type_name("CLASS");
  const auto [render, render_options] =
      add<RenderOptions>("render", "Print the objects that would be created; asks no cluster");
  render->add_option("file", render_options->file, "As for run")->required()->type_name("FILE");
  add_output(render, render_options->output, "yaml|json");
  render->add_flag("--explain,!--no-explain", render_options->explain,
                   "Comments in YAML: which setting made each field (default)");
  render->add_option("--spark-version", render_options->spark_version, "As if it were for this one")
      ->type_name("VERSION");
  render->add_option("--diff", render_options->other, "Print what differs from this file's objects")
      ->type_name("FILE");
}

void Grammar::add_reading() {
  const auto [list, list_options] = add<ListOptions>("list", "List applications");
  list->add_flag("-A,--all-namespaces", list_options->all_namespaces, "Of all namespaces");
  add_output(list, list_options->output, "table|wide|name|json|yaml");

  // One word for two questions: the cluster's status, or, with a name, an application's.
  CLI::App* const status =
      app.add_subcommand("status", "Status of the cluster or of an application");
  status->fallthrough();
  auto cluster = std::make_shared<StatusOptions>();
  auto application = std::make_shared<ApplicationStatusOptions>();
  status->add_option("name", application->name, "The application; without it, the cluster")
      ->type_name("NAME");
  add_directory(status, cluster->directory);
  add_output(status, application->output, "table|json|yaml");
  status->callback([this, cluster, application] {
    cluster->output = application->output;
    if (application->name.empty()) {
      command = *cluster;
    } else {
      command = *application;
    }
  });

  const auto [logs, logs_options] =
      add<LogsOptions>("logs", "Print the log of a driver or executor");
  logs->add_option("name", logs_options->name, "The application")->required()->type_name("NAME");
  logs->add_flag("-f,--follow", logs_options->follow, "Go on until the container ends");
  logs->add_option("-e,--executor", logs_options->executor,
                   "The executor's number (default: driver)")
      ->check(CLI::Range(1, 1000000))
      ->type_name("N");
  logs->add_option("--tail", logs_options->tail, "Only the last lines")
      ->check(CLI::Range(0, 1000000000))
      ->type_name("LINES");
  const auto [events, events_options] =
      add<EventsOptions>("events", "Print the events of an application and its pods");
  events->add_option("name", events_options->name, "The application")
      ->required()
      ->type_name("NAME");
  events->add_flag("-f,--follow", events_options->follow, "Go on until the application ends");
  add_output(events, events_options->output, "table|json|yaml");
  const auto [forward, forward_options] =
      add<ForwardOptions>("forward", "Open a driver's web UI on a port of this machine");
  forward->add_option("name", forward_options->name, "The application")
      ->required()
      ->type_name("NAME");
  forward
      ->add_option("-p,--port", forward_options->port,
                   "The port here (default: the driver's, or any)")
      ->check(CLI::Range(1, 65535))
      ->type_name("PORT");
}

void Grammar::add_doctor() {
  const auto [doctor, options] =
      add<DoctorOptions>("doctor", "Say what is wrong with an application, or with the platform");
  doctor->add_option("name", options->name, "The application; without it, the platform")
      ->type_name("NAME");
  add_output(doctor, options->output, "table|json|yaml");
}

void Grammar::add_writing() {
  const auto [kill, kill_options] =
      add<KillOptions>("kill", "Stop applications; they stay, suspended");
  kill->add_option("name", kill_options->names, "The applications")->required()->type_name("NAME");
  const auto [remove, delete_options] = add<DeleteOptions>("delete", "Delete applications");
  remove->add_option("name", delete_options->names, "The applications")
      ->required()
      ->type_name("NAME");
  remove->add_flag("!--no-wait", delete_options->wait, "Do not wait until they are gone");
}

void Grammar::add_operator() {
  const auto [sub, options] = add<OperatorOptions>("operator", "Run the operator (in a pod)");
  sub->add_option("--namespaces", options->namespaces, "Only these (default: all)")
      ->delimiter(',')
      ->type_name("NAME,...");
  sub->add_option("--workers", options->workers, "Applications handled at once")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str()
      ->type_name("N");
  sub->add_option("--default-service-account", options->default_service_account,
                  "For drivers without one")
      ->capture_default_str()
      ->type_name("NAME");
  only(sub->add_option("--log-format", options->log_format, "Form of the log"), "text|json")
      ->capture_default_str();
  add_duration(sub, "--driver-start-timeout", options->driver_start_timeout,
               "A driver pending for longer has failed (default: never)");
  add_duration(sub, "--executor-start-timeout", options->executor_start_timeout,
               "A driver without executors for longer has failed (default: never)");
  add_duration(sub, "--run-timeout", options->run_timeout,
               "An attempt that takes longer has failed (default: never)");
  sub->add_option("--max-drivers", options->max_drivers,
                  "Drivers at once, of all namespaces or of one; others wait")
      ->delimiter(',')
      ->type_name("[NAMESPACE=]N,...");
  sub->add_option("--max-executors", options->max_executors, "Executors at once, the same")
      ->delimiter(',')
      ->type_name("[NAMESPACE=]N,...");
  sub->add_flag("--leader-election", options->leader_election, "Act only while holding a lease");
  sub->add_option("--leader-election-lock-namespace", options->lease_namespace,
                  "Where the lease is (default: the pod's own)")
      ->type_name("NAME");
  sub->add_option("--leader-election-lock-name", options->lease_name, "Name of the lease")
      ->capture_default_str()
      ->type_name("NAME");
  add_duration(sub, "--leader-election-lease-duration", options->lease_duration,
               "Others wait for that long (default: 15s)");
  add_duration(sub, "--leader-election-renew-deadline", options->lease_renew_deadline,
               "A leader that could not renew it for that long ends (default: 10s)");
  add_duration(sub, "--leader-election-retry-period", options->lease_retry_period,
               "How often the lease is looked at (default: 2s)");
  add_serving(sub, *options);
}

void Grammar::add_serving(CLI::App* sub, OperatorOptions& options) {
  sub->add_option("--metrics-address", options.metrics_address, "Where /metrics is served")
      ->capture_default_str()
      ->type_name("ADDRESS");
  sub->add_option("--metrics-port", options.metrics_port, "Port of /metrics, 0 for none")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str()
      ->type_name("PORT");
  sub->add_option("--webhook-address", options.webhook_address, "Where the webhook is served")
      ->capture_default_str()
      ->type_name("ADDRESS");
  sub->add_option("--webhook-port", options.webhook_port, "Port of the webhook, 0 for none")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str()
      ->type_name("PORT");
  sub->add_option("--webhook-name", options.webhook_name, "Its Service and its configurations")
      ->capture_default_str()
      ->type_name("NAME");
  sub->add_option("--metrics-prefix", options.metrics_prefix, "Before applications' metrics")
      ->type_name("TEXT");
  sub->add_option("--metrics-labels", options.metrics_labels,
                  "Labels of applications that their metrics get")
      ->delimiter(',')
      ->type_name("NAME,...");
  sub->add_flag("--enable-ui-service,!--no-ui-service", options.ui_service,
                "A Service for each driver's web UI (default)");
  sub->add_option("--ingress-url-format", options.ingress_url_format,
                  "An Ingress for it, such as {{$appName}}.example.org or x.org/{{$appName}}")
      ->type_name("URL");
  sub->add_option("--ingress-class-name", options.ingress_class_name, "Class of these Ingresses")
      ->type_name("NAME");
}

void Grammar::add_others() {
  const auto [crd, crd_options] = add<CrdOptions>("crd", "Print the CustomResourceDefinitions");
  add_output(crd, crd_options->output, "yaml|json");

  CLI::App* const image = app.add_subcommand("image", "Images of this machine's clusters");
  image->require_subcommand(1);
  image->fallthrough();
  const auto [list, list_options] = add<ImageListOptions>("list", "List local images", image);
  add_images(list, list_options->images);
  add_output(list, list_options->output, "table|json|yaml");
  const auto [build, build_options] = add<ImageBuildOptions>("build", "Assemble an image", image);
  build->add_option("reference", build_options->reference, "For example apache/spark:v3.4.0")
      ->required()
      ->type_name("IMAGE");
  build
      ->add_option("--with", build_options->extras,
                   "Extras to lay over it, for example lakehouse (see `firesteel image list`)")
      ->delimiter(',')
      ->type_name("EXTRA");
  add_images(build, build_options->images);
  const auto [remove, remove_options] =
      add<ImageRemoveOptions>("rm", "Remove assembled images", image);
  remove->add_option("reference", remove_options->references, "As for build")
      ->required()
      ->type_name("IMAGE");
  add_images(remove, remove_options->images);

  const auto [completion, completion_options] =
      add<CompletionOptions>("completion", "Print a completion script for a shell");
  only(completion->add_option("shell", completion_options->shell, "The shell"), "bash|zsh|fish")
      ->required();
  const auto [version, version_options] = add<VersionOptions>("version", "Print the version");
  add_output(version, version_options->output, "table|json|yaml");
}

// The global options, in those commands that have a place for them.
void put_globals(Command& command, const Target& target) {
  std::visit(
      [&](auto& options) {
        if constexpr (requires { options.target; }) options.target = target;
        if constexpr (requires { options.kubeconfig; }) options.kubeconfig = target.kubeconfig;
        if constexpr (requires { options.up; }) options.up.kubeconfig = target.kubeconfig;
      },
      command);
}

std::vector<std::string> split_words(const std::string& type_name) {
  std::vector<std::string> words;
  if (type_name.find('|') == std::string::npos) return words;
  for (std::size_t at = 0; at <= type_name.size();) {
    const std::size_t end = std::min(type_name.find('|', at), type_name.size());
    words.push_back(type_name.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

void describe(const CLI::App& sub, const std::string& prefix,
              std::vector<CommandDescription>& out) {
  if (sub.get_group().empty()) return;
  CommandDescription described;
  described.name = prefix + sub.get_name();
  described.text = sub.get_description();
  for (const CLI::Option* option : sub.get_options()) {
    const std::string type = option->get_type_name();
    if (option->get_lnames().empty()) {  // positional
      described.takes_file |= type == "FILE";
      described.takes_application |= type == "NAME";
      const std::vector<std::string> words = split_words(type);
      described.words.insert(described.words.end(), words.begin(), words.end());
      continue;
    }
    OptionDescription one;
    one.name = "--" + option->get_lnames().front();
    if (!option->get_snames().empty()) one.letter = "-" + option->get_snames().front();
    one.text = option->get_description();
    one.takes_value = option->get_items_expected_max() > 0;
    one.values = split_words(type);
    described.options.push_back(std::move(one));
  }
  const std::string inner = described.name + " ";
  out.push_back(std::move(described));
  for (const CLI::App* child : sub.get_subcommands([](const CLI::App*) { return true; })) {
    describe(*child, inner, out);
  }
}

// CLI11 says only that a command is missing when it does not know the one that was given.
std::string unknown_command(const CLI::App& app, const std::vector<std::string>& arguments) {
  std::string known;
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (!sub->get_group().empty()) known += (known.empty() ? "" : ", ") + sub->get_name();
  }
  for (std::size_t at = 0; at < arguments.size(); ++at) {
    if (!arguments[at].starts_with("-")) {
      return fmt::format("unknown command \"{}\", expected one of {}", arguments[at], known);
    }
    // All options in front of the command take a value.
    if (arguments[at].find('=') == std::string::npos) ++at;
  }
  return "expected a command: " + known;
}

Message bad_usage(const CLI::App& app, const std::vector<std::string>& arguments,
                  const CLI::ParseError& error) {
  const auto chosen = app.get_subcommands();
  const std::string name = chosen.empty() ? "" : " " + chosen.front()->get_name();
  const std::string what = chosen.empty() && error.get_name() == "RequiredError"
                               ? unknown_command(app, arguments)
                               : error.what();
  return {kExitUsage,
          fmt::format("firesteel{}: {}\nSee `firesteel{} --help`.\n", name, what, name)};
}

}  // namespace

std::expected<Command, Message> parse_arguments(const std::vector<std::string>& arguments) {
  Grammar grammar;
  if (arguments.empty()) return std::unexpected(Message{kExitUsage, grammar.app.help()});
  try {
    // CLI11 takes them from the back.
    grammar.app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::CallForAllHelp&) {
    return std::unexpected(Message{kExitOk, grammar.app.help("", CLI::AppFormatMode::All)});
  } catch (const CLI::CallForHelp&) {
    return std::unexpected(Message{kExitOk, grammar.app.help()});
  } catch (const CLI::ParseError& error) {
    return std::unexpected(bad_usage(grammar.app, arguments, error));
  }
  put_globals(*grammar.command, grammar.target);
  return *std::move(grammar.command);
}

std::vector<CommandDescription> describe_commands() {
  const Grammar grammar;
  std::vector<CommandDescription> out;
  for (const CLI::App* sub : grammar.app.get_subcommands([](const CLI::App*) { return true; })) {
    describe(*sub, "", out);
  }
  // The global options belong to every command.
  for (const CLI::Option* option : grammar.app.get_options()) {
    if (option->get_lnames().empty() || option->get_lnames().front().starts_with("help")) continue;
    for (CommandDescription& command : out) {
      command.options.push_back(
          {"--" + option->get_lnames().front(),
           option->get_snames().empty() ? "" : "-" + option->get_snames().front(),
           option->get_description(),
           true,
           {}});
    }
  }
  return out;
}

}  // namespace firesteel::cli
