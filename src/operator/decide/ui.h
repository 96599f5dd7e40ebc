#pragma once
// How the driver is reached from outside of its pod: the Service and the Ingress of Spark's UI, and
// those of spec.driverIngressOptions. Pure. Source: reference kubeflow-operator.md, section b
// (names, URL format), without defects 21 (labels that replace ours, names without a limit, an
// empty {{$appId}}) and 22 (spark.ui.port without a servicePort).
#include <string>
#include <string_view>
#include <vector>

#include "base/json/json.h"
#include "operator/decide/action.h"
#include "operator/decide/observed.h"
#include "operator/decide/status.h"
#include "spark/conf.h"

namespace firesteel::operators::decide {

struct Ui {
  std::vector<json::Value> objects;  // Services and Ingresses
  DriverInfo info;                   // the web_ui_* members; without what only the server knows
};

// For an attempt (status.submission_id is set) with the configuration that its driver gets.
[[nodiscard]] Ui build_ui(const json::Value& application, const spark::Conf& conf,
                          const Status& status, const Settings& settings);

// What build_ui() may have created for the attempt in `status`, also if that was never
// acknowledged.
[[nodiscard]] std::vector<ObjectReference> ui_objects(const json::Value& application,
                                                      const Status& status,
                                                      const Settings& settings);
// Their removal, put in front of `actions`; nothing when there are none.
void hide_ui(const json::Value& application, const Status& status, const Settings& settings,
             std::vector<Action>& actions);

// Puts spark.ui.proxyBase and spark.ui.proxyRedirectUri into spec.sparkConf, unless the user has,
// when the UI's Ingress serves it below a path.
void set_proxy_base(json::Value& application, const Status& status, const Settings& settings);

// "<application>-ui-svc": at most 63 characters, as all of these names.
[[nodiscard]] std::string ui_service_name(std::string_view application);

}  // namespace firesteel::operators::decide
