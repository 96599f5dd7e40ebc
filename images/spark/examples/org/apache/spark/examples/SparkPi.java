package org.apache.spark.examples;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/**
 * Pi by throwing darts at a square, as a real job over the executors. The class name, the argument (number of slices, 2 unless
 * given) and the line it prints are those of Spark's own example.
 */
public final class SparkPi {
  private static final int DARTS_PER_SLICE = 100_000;

  private SparkPi() {}

  private static long hits(int slice) {
    SplittableRandom random = new SplittableRandom(System.nanoTime() + slice);
    long inside = 0;
    for (int dart = 0; dart < DARTS_PER_SLICE; dart++) {
      double x = random.nextDouble() * 2 - 1;
      double y = random.nextDouble() * 2 - 1;
      if (x * x + y * y <= 1) inside++;
    }
    return inside;
  }

  public static void main(String[] args) {
    SparkSession spark = SparkSession.builder().appName("Spark Pi").getOrCreate();
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    int slices = args.length > 0 ? Integer.parseInt(args[0]) : 2;
    List<Integer> numbers = new ArrayList<>();
    for (int slice = 0; slice < slices; slice++) numbers.add(slice);
    long inside = context.parallelize(numbers, slices).map(SparkPi::hits).reduce(Long::sum);
    double darts = (double) DARTS_PER_SLICE * slices;
    System.out.println("Pi is roughly " + 4.0 * inside / darts);
    spark.stop();
  }
}
