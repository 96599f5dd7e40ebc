#pragma once
// The shell of cli/addons.h: which add-ons a cluster has, their images, their objects.
#include <string>
#include <vector>

#include "base/result.h"
#include "base/stop.h"
#include "cli/progress.h"
#include "kube/api.h"

namespace firesteel::cli {

// Kept in the cluster's directory, one name a line, so that a later `up` has the same. A directory
// without the file has none. Errors: kIo.
[[nodiscard]] Result<std::vector<std::string>> read_addons(const std::string& directory);
[[nodiscard]] Result<void> write_addons(const std::string& directory,
                                        const std::vector<std::string>& addons);

// The extra recipes that images of a cluster with these add-ons have.
[[nodiscard]] std::vector<std::string> image_extras_for(const std::vector<std::string>& addons);

// Assembles the images of the add-ons and of the jobs that will use them. Errors: as
// node::ImageStore.
[[nodiscard]] Result<void> assemble_addon_images(const std::vector<std::string>& addons,
                                                 Progress& progress, StopToken stop);

// Applies the objects (the storage's Secret only when there is none) and returns when all
// Deployments are available. Errors: as kube::Api; kTimeout with the Deployment that is not, and
// what its pod says.
[[nodiscard]] Result<void> install_addons(kube::Api& api, const std::vector<std::string>& addons,
                                          Progress& progress, StopToken stop);

}  // namespace firesteel::cli
