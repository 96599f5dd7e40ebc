# Warnings, sanitizers, ccache and the linker: everything that is about the tool chain and not about the modules.
option(FIRESTEEL_WERROR "Treat warnings as errors" ON)
set(FIRESTEEL_SANITIZE "" CACHE STRING "Sanitizers, e.g. address,undefined or thread")

add_library(firesteel_options INTERFACE)
target_compile_options(firesteel_options INTERFACE
  -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough
  -Werror=switch -Werror=return-type $<$<BOOL:${FIRESTEEL_WERROR}>:-Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 reports false positives of these two in libstdc++'s own headers under -O2.
  target_compile_options(firesteel_options INTERFACE -Wno-restrict -Wno-maybe-uninitialized
    -Wno-dangling-pointer -Wno-array-bounds -Wno-stringop-overflow
    $<$<CONFIG:Release>:-Wno-stringop-overread>)
  # ccache needs it to see through the precompiled header.
  target_compile_options(firesteel_options INTERFACE -fpch-preprocess)
else()
  # The same for clang, which builds the fuzz targets alone.
  target_compile_options(firesteel_options INTERFACE "SHELL:-Xclang -fno-pch-timestamp"
    -Wno-builtin-macro-redefined -Wno-deprecated-declarations)
endif()
if(FIRESTEEL_SANITIZE)
  target_compile_options(firesteel_options INTERFACE -fsanitize=${FIRESTEEL_SANITIZE}
    -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(firesteel_options INTERFACE -fsanitize=${FIRESTEEL_SANITIZE})
endif()
target_include_directories(firesteel_options INTERFACE ${CMAKE_SOURCE_DIR}/src)

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
    CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_NOHASHDIR=1 CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}
    ${CCACHE})
endif()
find_program(MOLD mold)
if(MOLD)
  target_link_options(firesteel_options INTERFACE -fuse-ld=mold)
endif()
