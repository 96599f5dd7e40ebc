# Embeds the manifests of the platform's neighbours (kubernetes/apps/data-platform) for `up --with`.
set(manifests_root ${CMAKE_SOURCE_DIR}/kubernetes/apps/data-platform)
file(GLOB_RECURSE manifest_files CONFIGURE_DEPENDS ${manifests_root}/*)
set(embedded_manifests ${CMAKE_BINARY_DIR}/generated/cli/embedded_manifests.cc)
add_custom_command(
  OUTPUT ${embedded_manifests}
  COMMAND ${CMAKE_SOURCE_DIR}/tools/embed.py ${embedded_manifests} cli/addons.h embedded_manifests
          ${manifests_root}
  DEPENDS ${manifest_files} ${CMAKE_SOURCE_DIR}/tools/embed.py
  VERBATIM)
target_sources(firesteel_cli PRIVATE ${embedded_manifests})
