using SspNative.Model.Media;

namespace SspNative.Model.Data.Synthetic;

/// <summary>A kind of thing that can be seen and heard.</summary>
/// <param name="Name">Its name in AVSBench.</param>
/// <param name="Verb">How it sounds, for captions: a bell "rings".</param>
/// <param name="Noun">What it sounds, for captions: a bell rings "a note".</param>
/// <param name="Genus">The vague word for it: a bell is an "object".</param>
/// <param name="Look">What it looks like in a body colour.</param>
/// <param name="Sound">Its sound.</param>
internal sealed record ThingClass(
    string Name, string Verb, string Noun, string Genus, Func<Rgb, SplitMix64, Look> Look, Synthesis Sound)
{
    // No part of a drawing is farther from its origin.
    private const double Reach = 1.25;

    /// <summary>All that are drawn, in alphabetical order.</summary>
    public static IReadOnlyList<ThingClass> All { get; } =
    [
        Drawn("bell", "rings", "a note", "object", Drawings.Bell, Sounds.Bell),
        Drawn("bird", "sings", "a song", "animal", Drawings.Bird, Sounds.Bird),
        Drawn("cat", "meows", "a call", "animal", Drawings.Cat, Sounds.Cat),
        Drawn("clock", "ticks", "a beat", "object", Drawings.Clock, Sounds.Clock),
        Drawn("drum", "beats", "a rhythm", "instrument", Drawings.Drum, Sounds.Drum),
        Drawn("emergency-car", "wails", "an alarm", "vehicle", Drawings.EmergencyCar, Sounds.EmergencyCar),
        Drawn("guitar", "plays", "a tune", "instrument", Drawings.Guitar, Sounds.Guitar),
        Drawn("helicopter", "rattles", "a noise", "vehicle", Drawings.Helicopter, Sounds.Helicopter),
        Drawn("piano", "plays", "a chord", "instrument", Drawings.Piano, Sounds.Piano),
        Drawn("trumpet", "blares", "a fanfare", "instrument", Drawings.Trumpet, Sounds.Trumpet),
    ];

    /// <summary>Its index in AVSBench's 71 classes, which is its label in masks.</summary>
    public byte Label { get; } = (byte)Palette.ClassNames.ToList().IndexOf(Name);

    /// <summary>The name as people write it.</summary>
    public string Words => Name.Replace('-', ' ');

    private static ThingClass Drawn(string name, string verb, string noun, string genus, Func<Rgb, Part[]> draw, Synthesis sound) =>
        new(name, verb, noun, genus, (body, random) => new Drawing(draw(body), Reach, random.NextBits()), sound);
}
