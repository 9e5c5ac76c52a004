namespace SspNative.Model.Data.Cutouts;

/// <summary>A class of AVSBench with the words of its captions and its pictures.</summary>
/// <param name="Name">Its name in AVSBench.</param>
/// <param name="Verb">How it sounds.</param>
/// <param name="Noun">What it sounds.</param>
/// <param name="Genus">The vague word for it.</param>
/// <param name="Stamps">Its pictures among Tux Paint's stamps, each beside a recording.</param>
/// <param name="Resources">Its pictures in GCompris, each with its recording.</param>
internal sealed record CutoutClass(string Name, string Verb, string Noun, string Genus, string[] Stamps, (string Picture, string Sound)[] Resources)
{
    private const string Instrument = "instrument", Animal = "animal", Vehicle = "vehicle", Tool = "object";

    /// <summary>All of AVSBench's classes that one of the two has with a recording, in alphabetical order.</summary>
    public static IReadOnlyList<CutoutClass> All { get; } =
    [
        new("accordion", "plays", "a tune", Instrument, [], [Played("accordion")]),
        new("bassoon", "plays", "a tune", Instrument, ["hobbies/music/wind/bassoon"], []),
        new("bird", "sings", "a song", Animal, [.. Birds.Select(b => $"animals/birds/{b}")], [Farm("owl", "owl")]),
        new("cat", "meows", "a call", Animal, ["seasonal/halloween/blackcat"], [Farm("cat", "cat")]),
        new("cello", "plays", "a tune", Instrument, ["hobbies/music/string/cello"], [Played("cello")]),
        new("clarinet", "plays", "a tune", Instrument, [], [Played("clarinet")]),
        new("dog", "barks", "a call", Animal, ["animals/mammals/dogs/dog"], [Farm("dog", "dog")]),
        new("donkey", "brays", "a call", Animal, ["animals/mammals/equines/donkey"], []),
        new("drum", "beats", "a rhythm", Instrument, ["hobbies/music/percussion/drum_tomtom_floor", "hobbies/music/percussion/drumkit"],
            [Played("snare_drum"), Played("drum_kit"), Played("timpani")]),
        new("duck", "quacks", "a call", Animal, ["animals/birds/drake", "animals/birds/duck"], [Farm("duck", "duck")]),
        new("elephant", "trumpets", "a call", Animal, ["animals/mammals/elephant"], []),
        new("emergency-car", "wails", "an alarm", Vehicle, ["vehicles/emergency/firetruck"], []),
        new("flute", "plays", "a tune", Instrument, [], [Played("flute_traversiere")]),
        new("goose", "honks", "a call", Animal, ["animals/birds/gander"], []),
        new("guitar", "plays", "a tune", Instrument, [], [Played("guitar"), Played("electric_guitar")]),
        new("harmonica", "plays", "a tune", Instrument, [], [Played("harmonica")]),
        new("harp", "plays", "a tune", Instrument, [], [Played("harp")]),
        new("hen", "clucks", "a call", Animal, ["animals/birds/hen", "animals/birds/rooster"], [Farm("chicken", "chickens")]),
        new("horse", "neighs", "a call", Animal, ["animals/mammals/equines/horse"], [Farm("horse", "horse")]),
        new("lion", "roars", "a call", Animal, ["animals/mammals/cats/lion"], []),
        new("piano", "plays", "a chord", Instrument, [], [Played("piano")]),
        new("pig", "grunts", "a call", Animal, ["animals/mammals/pig", "animals/mammals/pig_golden", "animals/mammals/pig_golden2"], [Farm("pig", "pig")]),
        new("saw", "rasps", "a noise", Tool, ["household/tools/saw"], []),
        new("saxophone", "plays", "a tune", Instrument, [], [Played("saxophone")]),
        new("sheep", "bleats", "a call", Animal,
            ["animals/mammals/bovines/ram", "animals/mammals/bovines/sheep", "animals/mammals/bovines/sheep_lamb"], [Farm("sheep", "sheep")]),
        new("squirrel", "chatters", "a call", Animal, ["animals/mammals/rodents/squirrel"], []),
        new("tiger", "growls", "a call", Animal, ["animals/mammals/cats/tiger"], []),
        new("trombone", "plays", "a tune", Instrument, [], [Played("trombone")]),
        new("trumpet", "blares", "a fanfare", Instrument, [], [Played("trumpet")]),
        new("tuba", "plays", "a tune", Instrument, [], [Played("tuba")]),
        new("vacuum-cleaner", "hums", "a noise", Tool, ["household/vacuum_cleaner"], []),
        new("violin", "plays", "a tune", Instrument, ["hobbies/music/string/violin"], [Played("violin")]),
    ];

    private static string[] Birds =>
        ["blackbird", "crow", "cuckoo", "heron_greatblue_flying", "lark", "owl", "penguin", "quetzal", "seagull", "tucan", "turkey", "vulture"];

    private static (string, string) Played(string name) => Resource("instruments", $"resource/{name}", $"resource/{name}");

    private static (string, string) Farm(string picture, string sound) =>
        Resource("explore_farm_animals", $"resource/animals/{picture}", $"resource/animals/{sound}");

    private static (string, string) Resource(string activity, string picture, string sound) =>
        ($"gcompris/src/activities/{activity}/{picture}.svg", $"gcompris/src/activities/{activity}/{sound}.ogg");
}
