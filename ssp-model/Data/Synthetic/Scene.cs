namespace SspNative.Model.Data.Synthetic;

/// <summary>A colour with the word for it.</summary>
/// <param name="Name">The word; empty for what has no one colour.</param>
/// <param name="Rgb">The colour.</param>
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
/// <param name="Class">Its class, which tells its name and its sound.</param>
/// <param name="Colour">The colour of its body.</param>
/// <param name="Placed">What it looks like and where it is, before the camera moves.</param>
/// <param name="Sounding">For each frame, which stands for one second, whether it sounds then.</param>
internal sealed record Thing(ThingClass Class, NamedColour Colour, PlacedLook Placed, bool[] Sounding)
{
    /// <summary>The class it looks like where that is another than its own.</summary>
    public ThingClass? LooksLike { get; init; }

    public bool Sounds => Sounding.Contains(true);

    public bool Moves => Placed.Moves;
}

/// <summary>Something in sight that belongs to no class and never sounds.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Placed">What it looks like and where it is, before the camera moves.</param>
internal sealed record Prop(string Name, PlacedLook Placed);

/// <summary>Everything that a clip shows and lets hear, before it is drawn.</summary>
/// <param name="Size">Width and height of frames in pixels.</param>
/// <param name="Frames">T.</param>
/// <param name="Background">What all things stand in front of.</param>
/// <param name="Things">From back to front.</param>
/// <param name="Props">What stands before all things, from back to front.</param>
internal sealed record Scene(int Size, int Frames, Background Background, Thing[] Things, Prop[] Props)
{
    /// <summary>The name of a tree trunk.</summary>
    public const string Trunk = "trunk";

    /// <summary>For each frame how far the camera's turning shifts everything in sight, in pixels to the right and downwards.</summary>
    public (double X, double Y)[] Shift { get; init; } = new (double, double)[Frames];

    /// <summary>Whether two of the things are hard to tell apart.</summary>
    public Kinship Kinship { get; init; }

    /// <summary>The things from left to right, as they stand in the first frame.</summary>
    public Thing[] FromTheLeft => [.. Things.OrderBy(t => t.Placed.Poses[0].X)];
}
