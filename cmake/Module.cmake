# fs_module(NAME DEPENDS ...): a static library of src/NAME/**/*.cc and, beside it, a test program NAME_test of the
# *_test.cc files. Sources are found by glob, so that adding a file needs no edit here.
function(fs_module name)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$|/main\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")

  if(NOT sources)
    add_library(firesteel_${name} INTERFACE)
    target_link_libraries(firesteel_${name} INTERFACE firesteel_options ${ARG_DEPENDS})
    return()
  endif()
  add_library(firesteel_${name} STATIC ${sources})
  target_link_libraries(firesteel_${name} PUBLIC firesteel_options ${ARG_DEPENDS})
  if(name STREQUAL "base")
    target_precompile_headers(firesteel_base PRIVATE [["base/pch.h"]])
  else()
    target_precompile_headers(firesteel_${name} REUSE_FROM firesteel_base)
  endif()

  # What a module needs beyond its sources, for instance generated ones.
  include(${CMAKE_SOURCE_DIR}/src/${name}/module.cmake OPTIONAL)

  if(tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE firesteel_${name} GTest::gtest_main)
    target_precompile_headers(${name}_test REUSE_FROM firesteel_base)
    # Tests run in the project's root and name test data from there: no path of this machine is
    # compiled in, so that ccache serves every work tree.
    target_compile_definitions(${name}_test PRIVATE FIRESTEEL_SOURCE_DIR=".")
    include(GoogleTest)
    gtest_discover_tests(${name}_test DISCOVERY_MODE PRE_TEST
      WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} PROPERTIES TIMEOUT 120)
  endif()
endfunction()

function(fs_binary)
  if(EXISTS ${CMAKE_SOURCE_DIR}/src/cli/main.cc)
    add_executable(firesteel ${CMAKE_SOURCE_DIR}/src/cli/main.cc)
    target_link_libraries(firesteel PRIVATE firesteel_cli)
    target_precompile_headers(firesteel REUSE_FROM firesteel_base)
  endif()
endfunction()
