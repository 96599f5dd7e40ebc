#pragma once
// The life of a SparkApplication as one function. One pass = observe, decide, act; the pass that
// writes a status is followed by another at once, until nothing is left to do.
//
// Invariants:
//  - Intent before effect: the attempt's id, from which all names and ids follow (attempt.h), is in
//  the status before
//    anything is created: SUBMITTED without driverInfo.podName. podName appears when all objects
//    are there. SUBMITTED is written with the intent because Airflow takes only "no state" and
//    SUBMITTED for "not yet started", and because it is what people want to see at once.
//  - Only a status write (which has a precondition) is decided from caches. Creating, deleting and
//  declaring a driver
//    lost needs a live look.
//  - COMPLETED and FAILED are left only when the specification changes (attempt.h: spec_hash), and
//  no driver lives on
//    below them.
//  - A stable world gives a decision without actions.
//
// Source: reference kubeflow-operator.md, section b (states), without the defects of its section k.
#include "operator/decide/action.h"
#include "operator/decide/observed.h"

namespace firesteel::operators::decide {

// Total: every application that is a JSON object has a decision. Pure, any thread.
[[nodiscard]] Decision decide(const Observed& seen) noexcept;

}  // namespace firesteel::operators::decide
