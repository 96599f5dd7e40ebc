#pragma once
// Which objects a list, watch or deletecollection means: label and field selectors and a name.
// Immutable.
#include "apiserver/registry.h"
#include "base/result.h"
#include "kube/selector.h"
#include "net/http.h"

namespace firesteel::apiserver {

struct Selection {
  kube::LabelSelector labels;
  kube::FieldSelector fields;

  // From ?labelSelector= and ?fieldSelector=. Errors: kBadRequest with kube-apiserver's words.
  [[nodiscard]] static Result<Selection> parse(const ServedResource& served,
                                               const net::Query& query);
  [[nodiscard]] bool matches(const json::Value& object) const {
    return labels.matches_object(object) && fields.matches(object);
  }
  [[nodiscard]] bool everything() const {
    return labels.selects_everything() && fields.terms().empty();
  }
};

}  // namespace firesteel::apiserver
