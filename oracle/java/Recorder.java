import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

import org.apache.spark.deploy.SparkSubmit;

/**
 * Runs many submissions with the real SparkSubmit, one after the other, in one JVM.
 *
 * <p>Argument: a file with one line per submission: the case's name, then the arguments of
 * spark-submit, each in Base64, separated by single spaces. After each submission one line is
 * written to standard output: the name, and in Base64 the refusal, or "-" when it was accepted.
 */
public final class Recorder {
  private Recorder() {}

  public static void main(String[] arguments) throws Exception {
    PrintStream report = System.out;
    // Spark prints to standard output as well; that stream belongs to the reports.
    System.setOut(System.err);
    for (String line : Files.readAllLines(Path.of(arguments[0]), StandardCharsets.UTF_8)) {
      String[] words = line.split(" ", -1);
      List<String> submission = new ArrayList<>();
      for (int i = 1; i < words.length; ++i) {
        submission.add(new String(Base64.getDecoder().decode(words[i]), StandardCharsets.UTF_8));
      }
      report.println(words[0] + " " + run(submission.toArray(new String[0])));
      report.flush();
    }
    report.flush();
    // The client's threads are not all daemons.
    Runtime.getRuntime().halt(0);
  }

  private static String run(String[] submission) {
    // What a submission leaves behind would count as configuration of the next one.
    System.getProperties().keySet().removeIf(key -> key.toString().startsWith("spark."));
    try {
      new SparkSubmit().doSubmit(submission);
      return "-";
    } catch (Throwable refusal) {
      String text = refusal.getMessage() == null ? refusal.toString() : refusal.getMessage();
      if (System.getenv("ORACLE_TRACE") != null) refusal.printStackTrace();
      return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
  }
}
