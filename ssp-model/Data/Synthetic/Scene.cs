namespace SspNative.Model.Data.Synthetic;

/// <summary>A colour with the word for it.</summary>
internal sealed record NamedColour(string Name, Rgb Rgb)
{
    /// <summary>The colours of bodies, strong ones, so that things stand out from backgrounds.</summary>
    public static IReadOnlyList<NamedColour> All { get; } =
    [
        new("red", Rgb.Of(0xD6362E)),
        new("orange", Rgb.Of(0xF0852A)),
        new("yellow", Rgb.Of(0xF2C832)),
        new("green", Rgb.Of(0x3FA34D)),
        new("blue", Rgb.Of(0x2F6FD0)),
        new("purple", Rgb.Of(0x8A4FBF)),
        new("pink", Rgb.Of(0xEE82A8)),
        new("brown", Rgb.Of(0xA5703C)),
    ];
}

/// <summary>One of the things in a clip.</summary>
/// <param name="Sounding">For each frame, which stands for one second, whether it sounds then.</param>
internal sealed record Thing(ThingClass Class, NamedColour Colour, Layer Layer, bool[] Sounding)
{
    public bool Sounds => Sounding.Contains(true);

    public bool Moves => Layer.Poses.Any(p => p != Layer.Poses[0]);
}

/// <summary>Everything that a clip shows and lets hear, before it is drawn.</summary>
/// <param name="Size">Width and height of frames in pixels.</param>
/// <param name="Frames">T.</param>
/// <param name="Things">From back to front.</param>
/// <param name="Trunk">What stands before all things, or null.</param>
internal sealed record Scene(int Size, int Frames, Background Background, Thing[] Things, Layer? Trunk);
