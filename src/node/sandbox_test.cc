#include "node/sandbox.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>

#include "node/pod_init.h"

namespace firesteel::node {
namespace {

namespace fs = std::filesystem;

struct Outcome {
  std::string out;
  std::string err;
  std::string failure;
  int exit_code = -1;
};

void read_available(const Fd& fd, std::string& text, bool& open) {
  std::array<char, 4096> buffer{};
  const ssize_t count = read(fd.get(), buffer.data(), buffer.size());
  if (count > 0) text.append(buffer.data(), static_cast<std::size_t>(count));
  if (count == 0) open = false;
}

Outcome finish(const SpawnedSandbox& spawned) {
  Outcome outcome;
  bool out = true;
  bool err = true;
  bool status = true;
  while (out || err || status) {
    std::array<pollfd, 3> polls{pollfd{out ? spawned.out.get() : -1, POLLIN, 0},
                                pollfd{err ? spawned.err.get() : -1, POLLIN, 0},
                                pollfd{status ? spawned.status.get() : -1, POLLIN, 0}};
    if (poll(polls.data(), polls.size(), 20000) <= 0) break;
    if (polls[0].revents != 0) read_available(spawned.out, outcome.out, out);
    if (polls[1].revents != 0) read_available(spawned.err, outcome.err, err);
    if (polls[2].revents != 0) read_available(spawned.status, outcome.failure, status);
  }
  int wait_status = 0;
  waitpid(spawned.pid, &wait_status, 0);
  outcome.exit_code = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : -WTERMSIG(wait_status);
  return outcome;
}

class SandboxTest : public testing::Test {
 protected:
  void SetUp() override {
    if (const Result<void> support = check_sandbox_support(); !support)
      GTEST_SKIP() << support.error().message;
    std::string pattern = "/tmp/firesteel-sandbox-XXXXXX";
    directory_ = mkdtemp(pattern.data());
    sandbox_.scratch_directory = directory_ + "/scratch";
    fs::create_directory(sandbox_.scratch_directory);
    sandbox_.host_name = "a-pod";
    sandbox_.user = 185;
    sandbox_.group = 185;
    sandbox_.env = {"PATH=/usr/local/bin:/usr/bin:/bin", "GREETING=hello"};
    sandbox_.files = {{"/etc/passwd", "spark:x:185:185::/opt/spark:/bin/sh\n", 0644},
                      {"/etc/hosts", "127.0.0.1 localhost\n", 0644}};
  }
  void TearDown() override {
    if (directory_.empty()) return;
    EXPECT_TRUE(remove_scratch(directory_).has_value());
    EXPECT_FALSE(fs::exists(directory_));
  }
  SpawnedSandbox spawn(std::vector<std::string> argv) {
    sandbox_.argv = std::move(argv);
    Result<SpawnedSandbox> spawned = spawn_sandbox(sandbox_, "/proc/self/exe");
    EXPECT_TRUE(spawned.has_value()) << spawned.error().message;
    return std::move(*spawned);
  }
  Outcome run(std::string script) { return finish(spawn({"/bin/sh", "-c", std::move(script)})); }
  std::string make(const std::string& name) {
    fs::create_directories(directory_ + "/" + name);
    // Rooms for the pod's user, as the agent makes emptyDirs.
    fs::permissions(directory_ + "/" + name, fs::perms::all);
    return directory_ + "/" + name;
  }
  static void write(const std::string& path, std::string_view content) {
    ASSERT_TRUE(write_file_atomically(path, content, 0644).has_value());
  }

  std::string directory_;
  Sandbox sandbox_;
};

TEST_F(SandboxTest, ProgramIsTheImageUserInARootOfItsOwn) {
  const Outcome outcome =
      run("id -u; id -g; id -un; hostname; cat /etc/hosts; ls -d /usr /proc /tmp /dev/null; "
          "echo $GREETING; echo to-error >&2; test -e /home/user || ls /work 2>/dev/null; exit 7");
  EXPECT_EQ(outcome.failure, "");
  EXPECT_EQ(outcome.out,
            "185\n185\nspark\na-pod\n127.0.0.1 localhost\n/dev/null\n/proc\n/tmp\n/usr\nhello\n");
  EXPECT_EQ(outcome.err, "to-error\n");
  EXPECT_EQ(outcome.exit_code, 7);
}

TEST_F(SandboxTest, ProgramSeesOnlyItsOwnProcessesAndCannotGainPrivileges) {
  const Outcome outcome =
      run("ls /proc | grep -c '^[0-9]'; grep -E '^(NoNewPrivs|CapEff)' /proc/self/status");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_TRUE(outcome.out.ends_with("CapEff:\t0000000000000000\nNoNewPrivs:\t1\n")) << outcome.out;
  EXPECT_LE(std::stoi(outcome.out), 6);
}

TEST_F(SandboxTest, HostFilesAreReadOnlyAndScratchIsWritable) {
  const Outcome outcome =
      run("touch /usr/firesteel-x 2>/dev/null && echo wrote-usr; touch /tmp/x && echo tmp; "
          "touch /dev/shm/x && echo shm; echo gone > /dev/null && echo null");
  EXPECT_EQ(outcome.out, "tmp\nshm\nnull\n") << outcome.err;
  EXPECT_FALSE(fs::exists("/usr/firesteel-x"));
}

TEST_F(SandboxTest, MountsAppearAtPathsThatNeitherHostNorImageHas) {
  const std::string config = make("config");
  write(config + "/spark.properties", "a=b\n");
  const std::string shared = make("shared");
  write(directory_ + "/tool", "#!/bin/sh\necho tool\n");
  fs::permissions(directory_ + "/tool", fs::perms(0755));
  sandbox_.image_layers = {make("base"), make("image")};
  make("image/opt/spark/jars");
  write(directory_ + "/image/opt/spark/jars/one.jar", "jar");
  make("base/opt/spark/jars");
  write(directory_ + "/base/opt/spark/jars/one.jar", "hidden by the layer above");
  write(directory_ + "/base/opt/spark/jars/two.jar", "jar");
  sandbox_.owned_directories = {"/opt/spark/work-dir"};
  sandbox_.working_directory = "/opt/spark/work-dir";
  sandbox_.binds = {
      {.source = config, .sub_path = "", .target = "/opt/spark/conf"},
      {.source = config, .sub_path = "spark.properties", .target = "/etc/krb5.conf"},
      {.source = config, .sub_path = "", .target = "/var/run/secrets/kubernetes.io/serviceaccount"},
      {.source = shared,
       .sub_path = "deep/er",
       .target = "/var/data/x",
       .read_only = false,
       .make_source = true},
      {.source = directory_ + "/tool", .sub_path = "", .target = "/usr/local/bin/firesteel-tool"}};
  const Outcome outcome =
      run("pwd; touch here && echo own; cat /opt/spark/conf/spark.properties /etc/krb5.conf "
          "/run/secrets/kubernetes.io/serviceaccount/spark.properties; ls /opt/spark/jars; "
          "cat /opt/spark/jars/one.jar; echo; touch /opt/spark/conf/x 2>/dev/null || echo "
          "read-only; echo 1 > /var/data/x/f; "
          "firesteel-tool; ls /usr/bin/env");
  EXPECT_EQ(outcome.failure, "");
  EXPECT_EQ(outcome.out,
            "/opt/spark/work-dir\nown\na=b\na=b\na=b\none.jar\ntwo.jar\njar\nread-only\ntool\n/usr/"
            "bin/env\n")
      << outcome.err;
  EXPECT_TRUE(fs::exists(shared + "/deep/er/f"));
  EXPECT_FALSE(fs::exists("/var/data/x"));
}

TEST_F(SandboxTest, SubPathCannotLeaveItsVolume) {
  const std::string volume = make("volume");
  fs::create_symlink("/etc", volume + "/link");
  sandbox_.binds = {{.source = volume, .sub_path = "link/ssl", .target = "/mnt/x"}};
  const Outcome outcome = run("true");
  EXPECT_NE(outcome.failure.find("open subPath link/ssl"), std::string::npos) << outcome.failure;
  EXPECT_EQ(outcome.exit_code, kStartFailed);
}

TEST_F(SandboxTest, EveryAddressAndLocalhostMeanThePodsOwn) {
  // The same port twice on the machine: once in this process on 127.0.0.1, once in the pod.
  sandbox_.address = "127.77.1.9";
  const char* program =
      "import socket, threading\n"
      "machine = socket.create_server(('127.77.1.8', 0)); port = machine.getsockname()[1]\n"
      "def listen(family, host):\n"
      "  s = socket.socket(family); s.bind((host, port)); s.listen()\n"
      "  print(s.getsockname()[0]); return s\n"
      "four = listen(socket.AF_INET, '0.0.0.0')\n"
      "print(socket.create_connection(('127.0.0.1', port)).getpeername()[0])\n"
      "four.close()\n"
      "six = []\n"
      "t = threading.Thread(target=lambda: six.append(listen(socket.AF_INET6, '::')))\n"
      "t.start(); t.join()\n"
      "print(socket.create_connection(('localhost', port)).getpeername()[0])\n"
      "six[0].close()\n"
      "local = listen(socket.AF_INET, '127.0.0.1')\n"
      "c = socket.socket(socket.AF_INET6); c.connect(('::ffff:127.0.0.1', port))\n"
      "print(c.getpeername()[0])\n"
      "local.close()\n"
      "try: socket.create_connection(('127.0.0.1', port)); print('a ghost answers')\n"
      "except ConnectionRefusedError: print('refused')\n"
      "try: listen(socket.AF_INET, '0.0.0.0'), listen(socket.AF_INET, '0.0.0.0')\n"
      "except OSError as e: print(e.strerror)\n";
  const Outcome outcome = finish(spawn({"/usr/bin/python3", "-c", program}));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out,
            "127.77.1.9\n127.77.1.9\n::ffff:127.77.1.9\n127.77.1.9\n127.77.1.9\n"
            "::ffff:127.77.1.9\nrefused\n127.77.1.9\nAddress already in use\n")
      << outcome.err;
}

TEST_F(SandboxTest, WhatJoinsAContainerSharesItsLocalhost) {
  sandbox_.address = "127.77.1.10";
  sandbox_.input = true;
  SpawnedSandbox server =
      spawn({"/usr/bin/python3", "-u", "-c",
             "import socket\ns = socket.create_server(('127.0.0.1', 45671))\nprint('up')\n"
             "c, _ = s.accept(); c.sendall(b'hello')\nimport sys; sys.stdin.read()"});
  std::string greeting;
  bool open = true;
  while (open && !greeting.ends_with('\n')) read_available(server.out, greeting, open);
  EXPECT_EQ(greeting, "up\n");
  const auto children = read_file("/proc/" + std::to_string(server.pid) + "/task/" +
                                  std::to_string(server.pid) + "/children");
  ASSERT_TRUE(children.has_value());
  sandbox_.join_pid = std::atoi(children->c_str());
  sandbox_.input = false;
  const Outcome outcome = finish(spawn(
      {"/usr/bin/python3", "-c",
       "import socket, threading\n"
       "t = threading.Thread(target=lambda: "
       "print(socket.create_connection(('localhost', 45671)).recv(9)))\nt.start(); t.join()"}));
  EXPECT_EQ(outcome.out, "b'hello'\n") << outcome.err << outcome.failure;
  server.in.reset();  // process 1 would take what joined it along
  EXPECT_EQ(finish(server).exit_code, 0);
}

TEST_F(SandboxTest, MissingProgramIsSaidInTheRuntimesWords) {
  const Outcome outcome = finish(spawn({"no-such-program"}));
  EXPECT_EQ(outcome.failure, "exec: \"no-such-program\": executable file not found in $PATH");
  EXPECT_EQ(outcome.exit_code, kStartFailed);
}

TEST_F(SandboxTest, SignalsArePassedOnAndCountInTheExitCode) {
  SpawnedSandbox polite =
      spawn({"/bin/sh", "-c", "trap 'exit 5' TERM; echo up; while :; do sleep 0.02; done"});
  std::array<char, 3> up{};
  pollfd ready{polite.out.get(), POLLIN, 0};
  ASSERT_EQ(poll(&ready, 1, 20000), 1);
  ASSERT_EQ(read(polite.out.get(), up.data(), up.size()), 3);
  kill(polite.pid, SIGTERM);
  EXPECT_EQ(finish(polite).exit_code, 5);
  EXPECT_EQ(run("kill -KILL $$").exit_code, 137);
}

TEST_F(SandboxTest, KillingThePodInitEndsAllOfTheContainer) {
  SpawnedSandbox spawned = spawn({"/bin/sh", "-c", "sleep 1000 & echo up; wait"});
  pollfd ready{spawned.out.get(), POLLIN, 0};
  ASSERT_EQ(poll(&ready, 1, 20000), 1);
  kill(spawned.pid, SIGKILL);
  // The pipe ends only when the last process that holds it is gone.
  const Outcome outcome = finish(spawned);
  EXPECT_EQ(outcome.exit_code, -SIGKILL);
  EXPECT_EQ(outcome.out, "up\n");
}

// The same tests once more without root, where the kernel's rules differ.
TEST(SandboxAsOrdinaryUser, AllHolds) {
  if (geteuid() != 0) GTEST_SKIP() << "this is an ordinary user already";
  const pid_t pid = fork();
  ASSERT_GE(pid, 0);
  if (pid == 0) {
    if (setgid(65534) != 0 || setuid(65534) != 0 || chdir("/") != 0) _exit(99);
    execl("/proc/self/exe", "node_test", "--gtest_filter=SandboxTest.*", "--gtest_brief=1",
          nullptr);
    _exit(98);
  }
  int status = 0;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "status " << status;
}

TEST(SandboxDescription, SurvivesTheWayToThePodInit) {
  Sandbox sandbox;
  sandbox.image_layers = {"/i", "/j"};
  sandbox.scratch_directory = "/s";
  sandbox.address = "127.77.0.1";
  sandbox.files = {{"/etc/x", "line\n\"quoted\"", 0600}};
  sandbox.binds = {{"/a", "b", "/c", false, true}};
  sandbox.tmpfs = {{"/t", 42}};
  sandbox.owned_directories = {"/w"};
  sandbox.argv = {"a", "", "c d"};
  sandbox.env = {"A=b"};
  sandbox.user = 185;
  sandbox.group = 7;
  sandbox.read_only_root = true;
  const Result<Sandbox> decoded = decode_sandbox(encode_sandbox(sandbox));
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(*decoded, sandbox);
}

}  // namespace
}  // namespace firesteel::node
