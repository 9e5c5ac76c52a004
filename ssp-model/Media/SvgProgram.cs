namespace SspNative.Model.Media;

/// <summary>A run of <c>rsvg-convert</c>, which draws an SVG picture as a PNG.</summary>
internal sealed class SvgProgram : WatchedProgram
{
    private static readonly ProgramNeed _need =
        new("drawing SVG pictures", "librsvg2-bin (apt install librsvg2-bin)", "put the one that tools/cutouts.sh unpacks on the PATH");

    private SvgProgram(string path, int height)
        : base("rsvg-convert", path, 0, _need, ["--format", "png", "--keep-aspect-ratio", "--height", $"{height}"])
    {
    }

    /// <summary>The picture as PNG, so many pixels high.</summary>
    /// <param name="path">Where it came from, for messages.</param>
    /// <exception cref="InputException">It cannot be drawn, or the program is not installed.</exception>
    public static byte[] ToPng(byte[] svg, string path, int height)
    {
        using var program = new SvgProgram(path, height);
        byte[] png = program.Watched(() => program.Exchange(svg));
        return program.EndsWell() && png.Length > 0 ? png : throw new InputException($"{path}: cannot be drawn{program.FirstError()}");
    }

    // It reads all before it writes.
    private byte[] Exchange(byte[] svg)
    {
        Input.Write(svg);
        Input.Close();
        var png = new MemoryStream();
        Output.CopyTo(png);
        return png.ToArray();
    }
}
