#include "cli/args.h"

#include <gtest/gtest.h>

#include <sstream>

#include "cli/completion.h"

namespace firesteel::cli {
namespace {

std::vector<std::string> words(const std::string& line) {
  std::istringstream stream(line);
  std::vector<std::string> all;
  for (std::string word; stream >> word;) all.push_back(word);
  return all;
}

template <typename Options>
Options with(const std::function<void(Options&)>& change) {
  Options options;
  change(options);
  return options;
}

TEST(ParseArguments, GivesTheOptionsOfTheCommand) {
  struct Case {
    std::string line;
    Command expected;
  };
  const Case cases[] = {
      {"up", UpOptions{}},
      {"up --dir /x --port 7000 --foreground --no-kubeconfig --memory-mib 2048 --kubeconfig k",
       with<UpOptions>([](auto& o) {
         o.directory = "/x";
         o.port = 7000;
         o.foreground = o.no_kubeconfig = true;
         o.memory_mib = 2048;
         o.kubeconfig = "k";
       })},
      {"daemon --dir /x", with<DaemonOptions>([](auto& o) { o.up.directory = "/x"; })},
      {"down --purge", with<DownOptions>([](auto& o) { o.purge = true; })},
      {"status", StatusOptions{}},
      {"status -o json", with<StatusOptions>([](auto& o) { o.output = Output::kJson; })},
      {"status pi -n x", with<ApplicationStatusOptions>([](auto& o) {
         o.name = "pi";
         o.target.space = "x";
       })},
      {"operator --namespaces a,b --workers 8 --log-format json",
       with<OperatorOptions>([](auto& o) {
         o.namespaces = {"a", "b"};
         o.workers = 8;
         o.log_format = "json";
       })},
      {"operator --max-drivers 3,data-platform=2 --max-executors 9 --run-timeout 1h "
       "--executor-start-timeout 5m",
       with<OperatorOptions>([](auto& o) {
         o.run_timeout = std::chrono::hours(1);
         o.executor_start_timeout = std::chrono::minutes(5);
         o.max_drivers = {"3", "data-platform=2"};
         o.max_executors = {"9"};
       })},
      {"operator --metrics-port 0 --metrics-labels app_type,team --enable-ui-service=false "
       "--ingress-url-format x.org/{{$appName}} --driver-start-timeout 10m --leader-election "
       "--leader-election-lease-duration 1m --leader-election-renew-deadline 30s "
       "--leader-election-retry-period 5s",
       with<OperatorOptions>([](auto& o) {
         o.metrics_port = 0;
         o.metrics_labels = {"app_type", "team"};
         o.ui_service = false;
         o.ingress_url_format = "x.org/{{$appName}}";
         o.driver_start_timeout = std::chrono::minutes(10);
         o.leader_election = true;
         o.lease_duration = std::chrono::minutes(1);
         o.lease_renew_deadline = std::chrono::seconds(30);
         o.lease_retry_period = std::chrono::seconds(5);
       })},
      {"run job.yaml", with<RunOptions>([](auto& o) { o.file = "job.yaml"; })},
      {"run -", with<RunOptions>([](auto& o) { o.file = "-"; })},
      {"run --replace -d --timeout 1h30m job.yaml", with<RunOptions>([](auto& o) {
         o.file = "job.yaml";
         o.replace = o.detach = true;
         o.timeout = std::chrono::minutes(90);
       })},
      {"run etl.py --image i -- --date 2026-01-01 -x", with<RunOptions>([](auto& o) {
         o.file = "etl.py";
         o.image = "i";
         o.arguments = {"--date", "2026-01-01", "-x"};
       })},
      {"render a.yaml -o json", with<RenderOptions>([](auto& o) {
         o.file = "a.yaml";
         o.output = Output::kJson;
       })},
      {"-n x list -A -o wide", with<ListOptions>([](auto& o) {
         o.target.space = "x";
         o.all_namespaces = true;
         o.output = Output::kWide;
       })},
      {"list --context c --kubeconfig f -n y",
       with<ListOptions>([](auto& o) { o.target = {"f", "c", "y"}; })},
      {"logs pi -f --executor 2 --tail 10", with<LogsOptions>([](auto& o) {
         o.name = "pi";
         o.follow = true;
         o.executor = 2;
         o.tail = 10;
       })},
      {"events pi", with<EventsOptions>([](auto& o) { o.name = "pi"; })},
      {"doctor", with<DoctorOptions>([](auto&) {})},
      {"doctor pi -o json", with<DoctorOptions>([](auto& o) {
         o.name = "pi";
         o.output = Output::kJson;
       })},
      {"kill a b", with<KillOptions>([](auto& o) { o.names = {"a", "b"}; })},
      {"delete a --no-wait", with<DeleteOptions>([](auto& o) {
         o.names = {"a"};
         o.wait = false;
       })},
      {"crd", CrdOptions{}},
      {"image list", ImageListOptions{}},
      {"image rm a b --images /i", with<ImageRemoveOptions>([](auto& o) {
         o.images = "/i";
         o.references = {"a", "b"};
       })},
      {"render a.yaml --no-explain --spark-version 4.0.0 --diff b.yaml",
       with<RenderOptions>([](auto& o) {
         o.file = "a.yaml";
         o.explain = false;
         o.spark_version = "4.0.0";
         o.other = "b.yaml";
       })},
      {"forward pi -p 8080", with<ForwardOptions>([](auto& o) {
         o.name = "pi";
         o.port = 8080;
       })},
      {"image build apache/spark:v3.4.0",
       with<ImageBuildOptions>([](auto& o) { o.reference = "apache/spark:v3.4.0"; })},
      {"completion zsh", with<CompletionOptions>([](auto& o) { o.shell = "zsh"; })},
      {"version", VersionOptions{}},
  };
  for (const Case& one : cases) {
    const auto command = parse_arguments(words(one.line));
    ASSERT_TRUE(command.has_value()) << one.line << ": " << command.error().text;
    EXPECT_TRUE(*command == one.expected) << one.line;
  }
}

TEST(ParseArguments, RefusesWithTheReasonAndExitCode2) {
  const std::pair<std::string, std::string> cases[] = {
      {"", "Usage: firesteel"},
      {"frobnicate", "frobnicate"},
      {"run", "file is required"},
      {"run a.yaml --timeout soon",
       "found \"soon\", expected a duration such as 45s, 10m or 1h30m"},
      {"list -o xml", "found \"xml\", expected one of table|wide|name|json|yaml"},
      {"logs pi --executor 0", "--executor"},
      {"up --port 70000", "--port"},
      {"completion tcsh", "tcsh"},
      {"image", "subcommand"},
      {"list --frobnicate", "--frobnicate"},
      {"run a.yaml -o xml", "See `firesteel run --help`."},
  };
  for (const auto& [line, text] : cases) {
    const auto command = parse_arguments(words(line));
    ASSERT_FALSE(command.has_value()) << line;
    EXPECT_EQ(command.error().exit_code, kExitUsage) << line;
    EXPECT_NE(command.error().text.find(text), std::string::npos) << line << "\n"
                                                                  << command.error().text;
  }
}

TEST(ParseArguments, HelpIsNoError) {
  for (const std::string line : {"--help", "run --help", "help", "image build -h", "--help-all"}) {
    if (line == "help") continue;
    const auto command = parse_arguments(words(line));
    ASSERT_FALSE(command.has_value()) << line;
    EXPECT_EQ(command.error().exit_code, kExitOk) << line;
    EXPECT_FALSE(command.error().text.empty()) << line;
  }
  const auto help = parse_arguments({"--help"});
  EXPECT_EQ(help.error().text.find("daemon"), std::string::npos) << "hidden";
  EXPECT_NE(help.error().text.find("Exit codes: 0 ok"), std::string::npos);
}

TEST(DescribeCommands, KnowsWhatEachTakes) {
  std::map<std::string, CommandDescription> all;
  for (const CommandDescription& one : describe_commands()) all[one.name] = one;
  EXPECT_FALSE(all.contains("daemon"));
  EXPECT_TRUE(all.contains("image build"));
  EXPECT_TRUE(all["run"].takes_file);
  EXPECT_TRUE(all["logs"].takes_application);
  EXPECT_EQ(all["completion"].words, (std::vector<std::string>{"bash", "zsh", "fish"}));
  const auto output = std::ranges::find(all["list"].options, "--output", &OptionDescription::name);
  ASSERT_NE(output, all["list"].options.end());
  EXPECT_EQ(output->letter, "-o");
  EXPECT_EQ(output->values.size(), 5U);
}

TEST(CompletionScript, OffersCommandsOptionsAndNames) {
  const std::vector<CommandDescription> commands = describe_commands();
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const std::string script = completion_script(shell, commands);
    for (const char* part : {"run", "image", "executor", "firesteel list -o name"}) {
      EXPECT_NE(script.find(part), std::string::npos) << shell << " " << part;
    }
  }
}

}  // namespace
}  // namespace firesteel::cli
