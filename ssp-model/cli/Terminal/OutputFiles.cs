using System.CommandLine;
using SspNative.Engine;
using SspNative.Engine.Storage;

namespace SspNative.Cli.Terminal;

/// <summary>
/// The rule for single files that verbs write: one that is there already is somebody's and is refused, unless <c>--overwrite</c> is given; and a
/// file that the verb reads is never written. It is applied before any work. (Result folders and runs know their own files.)
/// </summary>
internal sealed class OutputFiles
{
    public Option<bool> Overwrite { get; } = new("--overwrite") { Description = "Replace files that are there already." };

    /// <summary>Makes sure that files may be written.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="option">The option that names them.</param>
    /// <param name="paths">The files.</param>
    /// <param name="sources">Files that the verb reads.</param>
    /// <exception cref="InputException">A file may not be written.</exception>
    public void Require(ParseResult parsed, Option option, IEnumerable<string> paths, params IReadOnlyCollection<string> sources)
    {
        foreach (string path in paths)
        {
            if (Directory.Exists(path))
                throw new InputException($"{option.Name} {path}: a folder of this name exists; give a file");
            if (sources.Any(source => RealPath.IsSame(path, source)))
                throw new InputException($"{option.Name} {path}: this is the file that is read; give another one");
            if (File.Exists(path) && !parsed.GetValue(Overwrite))
                throw new InputException($"{option.Name} {path}: the file exists; give --overwrite to replace it, or another name");
            AtomicFile.DeleteAbandoned(path);
        }
    }

    /// <summary>Makes sure that the folder of a file is there, for work that would be lost without it.</summary>
    /// <exception cref="InputException">It is not.</exception>
    public static void RequireFolder(Option option, string path)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder && !Directory.Exists(folder))
            throw new InputException($"{option.Name} {path}: there is no folder {folder}; make it first");
    }
}
