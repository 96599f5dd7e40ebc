#include "cli/args.h"

namespace firesteel::cli {

int dispatch(const Command& command) {
  struct Visitor {
    int operator()(const UpOptions& options) const { return command_up(options); }
    int operator()(const DaemonOptions& options) const { return command_daemon(options); }
    int operator()(const DownOptions& options) const { return command_down(options); }
    int operator()(const StatusOptions& options) const { return command_status(options); }
    int operator()(const OperatorOptions& options) const { return command_operator(options); }
    int operator()(const RunOptions& options) const { return command_run(options); }
    int operator()(const RenderOptions& options) const { return command_render(options); }
    int operator()(const ListOptions& options) const { return command_list(options); }
    int operator()(const ApplicationStatusOptions& options) const {
      return command_application_status(options);
    }
    int operator()(const LogsOptions& options) const { return command_logs(options); }
    int operator()(const EventsOptions& options) const { return command_events(options); }
    int operator()(const ForwardOptions& options) const { return command_forward(options); }
    int operator()(const DoctorOptions& options) const { return command_doctor(options); }
    int operator()(const KillOptions& options) const { return command_kill(options); }
    int operator()(const DeleteOptions& options) const { return command_delete(options); }
    int operator()(const CrdOptions& options) const { return command_crd(options); }
    int operator()(const ImageListOptions& options) const { return command_image_list(options); }
    int operator()(const ImageBuildOptions& options) const { return command_image_build(options); }
    int operator()(const ImageRemoveOptions& options) const {
      return command_image_remove(options);
    }
    int operator()(const CompletionOptions& options) const { return command_completion(options); }
    int operator()(const VersionOptions& options) const { return command_version(options); }
  };
  return std::visit(Visitor{}, command);
}

}  // namespace firesteel::cli
