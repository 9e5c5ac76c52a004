using SspNative.Model.Media;

namespace SspNative.Model.Data.Synthetic;

/// <summary>A kind of thing that can be seen and heard.</summary>
/// <param name="Name">Its name in AVSBench.</param>
/// <param name="Verb">How it sounds, for captions: a bell "rings".</param>
/// <param name="Genus">The vague word for it: a bell is an "object".</param>
/// <param name="Draw">Its picture in a body colour.</param>
/// <param name="Sound">Its sound.</param>
internal sealed record ThingClass(string Name, string Verb, string Genus, Func<Rgb, Part[]> Draw, Synthesis Sound)
{
    /// <summary>All there are, in alphabetical order.</summary>
    public static IReadOnlyList<ThingClass> All { get; } =
    [
        new("bell", "rings", "object", Drawings.Bell, Sounds.Bell),
        new("bird", "sings", "animal", Drawings.Bird, Sounds.Bird),
        new("cat", "meows", "animal", Drawings.Cat, Sounds.Cat),
        new("clock", "ticks", "object", Drawings.Clock, Sounds.Clock),
        new("drum", "beats", "instrument", Drawings.Drum, Sounds.Drum),
        new("emergency-car", "wails", "vehicle", Drawings.EmergencyCar, Sounds.EmergencyCar),
        new("guitar", "plays", "instrument", Drawings.Guitar, Sounds.Guitar),
        new("helicopter", "rattles", "vehicle", Drawings.Helicopter, Sounds.Helicopter),
        new("piano", "plays", "instrument", Drawings.Piano, Sounds.Piano),
        new("trumpet", "blares", "instrument", Drawings.Trumpet, Sounds.Trumpet),
    ];

    /// <summary>Its index in AVSBench's 71 classes, which is its label in masks.</summary>
    public byte Label { get; } = (byte)Palette.ClassNames.ToList().IndexOf(Name);

    /// <summary>The name as people write it.</summary>
    public string Words => Name.Replace('-', ' ');
}
