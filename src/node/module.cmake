# Embeds images/**, the recipes of local images, into the library.
file(GLOB_RECURSE image_files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/images/*)
set(embedded ${CMAKE_BINARY_DIR}/generated/node/embedded_images.cc)
add_custom_command(
  OUTPUT ${embedded}
  COMMAND ${CMAKE_SOURCE_DIR}/tools/embed.py ${embedded} node/embedded.h embedded_images
          ${CMAKE_SOURCE_DIR}/images
  DEPENDS ${image_files} ${CMAKE_SOURCE_DIR}/tools/embed.py
  VERBATIM)
target_sources(firesteel_node PRIVATE ${embedded})
