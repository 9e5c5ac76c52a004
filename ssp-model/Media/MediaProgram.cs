namespace SspNative.Model.Media;

/// <summary>A run of <c>ffmpeg</c> or <c>ffprobe</c> on a local file, whose output is read while it comes.</summary>
internal sealed class MediaProgram : WatchedProgram
{
    private static readonly ProgramNeed _need = ProgramNeed.OfFfmpeg("reading videos", "pass a folder with frames/ and audio.wav");

    /// <param name="program">Its name.</param>
    /// <param name="path">The file it reads.</param>
    /// <param name="pause">Seconds that it may take longer than usual between two outputs.</param>
    /// <param name="arguments">What follows the input among its arguments.</param>
    /// <exception cref="InputException">The program is not installed.</exception>
    public MediaProgram(string program, string path, double pause, params string[] arguments)
        : base(program, path, pause, _need, ["-v", "error", .. From(path), .. arguments]) => Bytes = Begin();

    /// <summary>A run without a file.</summary>
    /// <param name="program">Its name.</param>
    /// <param name="arguments">All its arguments.</param>
    /// <exception cref="InputException">The program is not installed.</exception>
    public MediaProgram(string program, string[] arguments)
        : base(program, "", 0, _need, arguments) => Bytes = Begin();

    /// <summary>What it writes; reading is an <see cref="InputException"/> when nothing comes for too long.</summary>
    public OutputBytes Bytes { get; }

    /// <summary>
    /// Reads the reports that <c>-progress pipe:1</c> makes it write, to the end. One that tells of no more than the one before is nothing new.
    /// </summary>
    /// <exception cref="InputException">Nothing new came for too long.</exception>
    public void Follow()
    {
        using var reports = new StreamReader(Output, leaveOpen: true);
        for (string? size = ""; size is not null;)
        {
            string before = size;
            size = Watched(() =>
            {
                string? line = reports.ReadLine();
                while (line is not null && (line == before || !line.StartsWith("total_size=", StringComparison.Ordinal)))
                    line = reports.ReadLine();
                return line;
            });
        }
    }

    private OutputBytes Begin()
    {
        Input.Close();
        return new OutputBytes(buffer => Watched(() => Output.Read(buffer)));
    }
}
