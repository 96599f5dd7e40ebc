import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;

import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/**
 * Stands in for object stores and HDFS, whose libraries are not part of PySpark: an empty file
 * system. Spark asks it only to expand globs, and leaves a path alone that matches nothing.
 */
public class StandInFileSystem extends FileSystem {
  private URI uri;

  @Override
  public void initialize(URI name, org.apache.hadoop.conf.Configuration conf) throws IOException {
    super.initialize(name, conf);
    uri = name;
    setConf(conf);
  }

  @Override
  public URI getUri() {
    return uri;
  }

  @Override
  public FileStatus[] globStatus(Path pattern) {
    return null;
  }

  @Override
  public FSDataInputStream open(Path path, int buffer) throws IOException {
    throw new FileNotFoundException(path.toString());
  }

  @Override
  public FSDataOutputStream create(
      Path path, FsPermission permission, boolean overwrite, int buffer, short replication,
      long block, Progressable progress) throws IOException {
    throw new IOException("read-only: " + path);
  }

  @Override
  public FSDataOutputStream append(Path path, int buffer, Progressable progress)
      throws IOException {
    throw new IOException("read-only: " + path);
  }

  @Override
  public boolean rename(Path from, Path to) {
    return false;
  }

  @Override
  public boolean delete(Path path, boolean recursive) {
    return false;
  }

  @Override
  public FileStatus[] listStatus(Path path) throws IOException {
    throw new FileNotFoundException(path.toString());
  }

  @Override
  public void setWorkingDirectory(Path path) {}

  @Override
  public Path getWorkingDirectory() {
    return new Path(uri.toString(), "/");
  }

  @Override
  public boolean mkdirs(Path path, FsPermission permission) {
    return false;
  }

  @Override
  public FileStatus getFileStatus(Path path) throws IOException {
    throw new FileNotFoundException(path.toString());
  }
}
