namespace SspNative.Model.Training;

/// <summary>
/// A table of comma-separated values that a run adds rows to. A resumed run drops the rows that its checkpoint does not know, so that an interrupted
/// run ends with the file of an uninterrupted one.
/// </summary>
internal sealed class ResumedTable : IDisposable
{
    private readonly StreamWriter _writer;

    /// <param name="path">The file; made, with its folder, when there is none.</param>
    /// <param name="header">The first line.</param>
    /// <param name="kept">How many bytes of the file stay, which is at its beginning.</param>
    public ResumedTable(string path, string header, Func<FileStream, long> kept)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        try
        {
            long length = kept(file);
            // Cut in place: a run killed here loses no row that it keeps.
            file.SetLength(length);
            file.Position = length;
            _writer = new StreamWriter(file) { NewLine = "\n", AutoFlush = true };
            if (length == 0)
                _writer.WriteLine(header);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public void Add(string row) => _writer.WriteLine(row);

    public void Dispose() => _writer.Dispose();
}
