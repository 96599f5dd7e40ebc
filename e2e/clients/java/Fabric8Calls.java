// What Spark's driver and submission ask of fabric8's KubernetesClient, and its neighbours. Run as a single source file with the
// jars of a Spark image on the class path, against the cluster of KUBECONFIG and the pods of pods.yaml. Prints "ok NAME" or
// "FAIL NAME: why"; exits 1 when one failed.
import io.fabric8.kubernetes.api.model.*;
import io.fabric8.kubernetes.client.*;
import io.fabric8.kubernetes.client.dsl.ExecWatch;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.*;
import java.util.concurrent.*;

public class Fabric8Calls {
  interface Check { void run() throws Exception; }

  static final String NAMESPACE = "data-platform";
  static final Map<String, String> LABELS = Map.of("spark-app-selector", "fabric8", "spark-role", "executor");
  static KubernetesClient client;
  static boolean failed = false;

  static void expect(boolean right, String what) {
    if (!right) throw new AssertionError(what);
  }

  static void check(String name, Check check) {
    try {
      check.run();
      System.out.println("ok " + name);
    } catch (Throwable problem) {
      failed = true;
      System.out.println("FAIL " + name + ": " + problem);
    }
  }

  static Pod executor(String name) {
    return new PodBuilder().withNewMetadata().withName(name).withLabels(LABELS).endMetadata().withNewSpec()
        .withRestartPolicy("Never").withTerminationGracePeriodSeconds(0L).addNewContainer().withName("main").withImage("firesteel")
        .withCommand("sleep", "100").endContainer().endSpec().build();
  }

  // The executor watch over WebSocket: each step of a pod's life, in order, and a poll that agrees.
  static void pods() throws Exception {
    BlockingQueue<String> seen = new LinkedBlockingQueue<>();
    try (Watch watch = client.pods().inNamespace(NAMESPACE).withLabels(LABELS).watch(new Watcher<Pod>() {
      public void eventReceived(Action action, Pod pod) { seen.add(action + " " + pod.getStatus().getPhase()); }
      public void onClose(WatcherException cause) { seen.add("closed " + cause); }
    })) {
      Pod made = client.pods().inNamespace(NAMESPACE).resource(executor("fabric8-exec-1")).create();
      expect(made.getMetadata().getUid() != null && made.getMetadata().getResourceVersion() != null, "no uid or version");
      await(seen, "ADDED Pending");
      await(seen, "MODIFIED Running");
      client.pods().inNamespace(NAMESPACE).withName("fabric8-exec-1").edit(pod ->
          new PodBuilder(pod).editMetadata().addToAnnotations("a", "b").endMetadata().build());
      PodList listed = client.pods().inNamespace(NAMESPACE).withLabels(LABELS).withoutLabel("inactive", "true").list();
      expect(listed.getItems().size() == 1 && "b".equals(listed.getItems().get(0).getMetadata().getAnnotations().get("a")), "listed " + listed);
      client.pods().inNamespace(NAMESPACE).withLabels(LABELS).withGracePeriod(0).delete();
      for (String event = ""; !event.startsWith("DELETED"); ) {
        event = seen.poll(20, TimeUnit.SECONDS);
        expect(event != null && !event.startsWith("closed"), "waited in vain for DELETED: " + event);
      }
    }
  }

  static void await(BlockingQueue<String> seen, String wanted) throws Exception {
    for (String event = ""; !event.equals(wanted); ) {
      event = seen.poll(20, TimeUnit.SECONDS);
      expect(event != null && !event.startsWith("closed"), "waited in vain for " + wanted + ": " + event);
    }
  }

  static ConfigMap map(String key, String value) {
    return new ConfigMapBuilder().withNewMetadata().withName("fabric8").withNamespace(NAMESPACE).withLabels(LABELS).endMetadata()
        .addToData(key, value).build();
  }

  // How 3.5 and later submit: server-side apply with force, twice the same.
  static void apply() {
    ConfigMap made = client.resource(map("a", "1")).forceConflicts().serverSideApply();
    ConfigMap again = client.resource(map("a", "1")).forceConflicts().serverSideApply();
    expect(made.getMetadata().getResourceVersion().equals(again.getMetadata().getResourceVersion()), "an equal apply wrote");
    expect(client.resource(map("b", "2")).forceConflicts().serverSideApply().getData().equals(Map.of("b", "2")), "a stayed");
  }

  static void versions() {
    ConfigMap old = client.configMaps().inNamespace(NAMESPACE).withName("fabric8").get();
    client.configMaps().inNamespace(NAMESPACE).withName("fabric8").edit(now -> new ConfigMapBuilder(now).addToData("c", "3").build());
    try {
      client.resource(new ConfigMapBuilder(old).addToData("d", "4").build()).lockResourceVersion(old.getMetadata().getResourceVersion()).update();
      throw new AssertionError("a stale object was written");
    } catch (KubernetesClientException conflict) {
      expect(conflict.getCode() == 409, "code " + conflict.getCode());
    }
    try {
      client.resource(map("a", "1")).create();
      throw new AssertionError("created twice");
    } catch (KubernetesClientException exists) {
      expect(exists.getCode() == 409 && "AlreadyExists".equals(exists.getStatus().getReason()), "status " + exists.getStatus());
    }
  }

  static void informer() throws Exception {
    CountDownLatch changed = new CountDownLatch(1);
    try (SharedIndexInformer<ConfigMap> informer = client.configMaps().inNamespace(NAMESPACE).withLabels(LABELS).inform(
        new ResourceEventHandler<ConfigMap>() {
          public void onAdd(ConfigMap map) {}
          public void onUpdate(ConfigMap before, ConfigMap after) { if ("yes".equals(after.getData().get("seen"))) changed.countDown(); }
          public void onDelete(ConfigMap map, boolean unknown) {}
        })) {
      expect(informer.getStore().list().size() == 1, "in the store: " + informer.getStore().listKeys());
      client.configMaps().inNamespace(NAMESPACE).withName("fabric8").edit(now -> new ConfigMapBuilder(now).addToData("seen", "yes").build());
      expect(changed.await(20, TimeUnit.SECONDS), "no update came");
    }
  }

  // The driver's service and claims, and the clean-up at its end: collections by label.
  static void cleanup() {
    client.resource(new ServiceBuilder().withNewMetadata().withName("fabric8").withNamespace(NAMESPACE).withLabels(LABELS).endMetadata()
        .withNewSpec().withClusterIP("None").withSelector(LABELS).addNewPort().withName("rpc").withPort(7078).endPort().endSpec().build()).create();
    client.resource(new PersistentVolumeClaimBuilder().withNewMetadata().withName("fabric8").withNamespace(NAMESPACE).withLabels(LABELS)
        .endMetadata().withNewSpec().withAccessModes("ReadWriteOnce").withNewResources().addToRequests("storage", new Quantity("1Mi"))
        .endResources().endSpec().build()).create();
    client.services().inNamespace(NAMESPACE).withLabels(LABELS).withPropagationPolicy(DeletionPropagation.BACKGROUND).delete();
    client.persistentVolumeClaims().inNamespace(NAMESPACE).withLabels(LABELS).delete();
    client.configMaps().inNamespace(NAMESPACE).withLabels(LABELS).delete();
    expect(client.services().inNamespace(NAMESPACE).withName("fabric8").get() == null, "the service stayed");
    expect(client.configMaps().inNamespace(NAMESPACE).withName("fabric8").get() == null, "the map stayed");
  }

  static void logs() {
    expect("first\nlast\n".equals(client.pods().inNamespace(NAMESPACE).withName("talker").getLog()), "another log");
    expect("last\n".equals(client.pods().inNamespace(NAMESPACE).withName("talker").tailingLines(1).getLog()), "another tail");
  }

  static void exec() throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream errors = new ByteArrayOutputStream();
    try (ExecWatch running = client.pods().inNamespace(NAMESPACE).withName("box").inContainer("main").writingOutput(out).writingError(errors)
        .exec("sh", "-c", "echo out; echo err >&2; exit 6")) {
      expect(running.exitCode().get(20, TimeUnit.SECONDS) == 6, "another exit code");
    }
    expect("out\n".equals(out.toString(StandardCharsets.UTF_8)) && "err\n".equals(errors.toString(StandardCharsets.UTF_8)), out + " " + errors);
  }

  public static void main(String[] arguments) {
    client = new KubernetesClientBuilder().build();
    check("pods", Fabric8Calls::pods);
    check("apply", Fabric8Calls::apply);
    check("versions", Fabric8Calls::versions);
    check("informer", Fabric8Calls::informer);
    check("cleanup", Fabric8Calls::cleanup);
    check("logs", Fabric8Calls::logs);
    check("exec", Fabric8Calls::exec);
    client.close();
    System.exit(failed ? 1 : 0);
  }
}
