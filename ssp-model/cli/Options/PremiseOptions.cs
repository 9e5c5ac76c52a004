using System.CommandLine;
using SspNative.Engine;
using SspNative.Model.Config;
using SspNative.Model.Data.Synthetic;
using SspNative.Model.Files;

namespace SspNative.Cli.Options;

/// <summary>The options that say what is so about made clips besides chance, each a knob of <see cref="Premise"/>, or all in a file.</summary>
internal sealed class PremiseOptions
{
    private readonly Option<string> _file = new("--premise")
    {
        Description = "A JSON file of the knobs below, as {\"motion_sound_correlation\": 0.6}; options on the command line go before it.",
        HelpName = "FILE.json",
    };

    private readonly Option<bool> _motionWhileSounding = new("--motion-while-sounding")
    {
        Description = "What moves does so at the moments of its sound; silent things that move do so at moments of their own.",
    };

    private readonly (Option<double?> Option, Func<Premise, double, Premise> Set)[] _numbers =
    [
        Number(
            "--motion-sound-correlation", "P(moves | sounds) − P(moves | silent), from -1 to 1. Default: coin flips.",
            (p, v) => p with { MotionSoundCorrelation = v }),
        Number("--still-share", "Share of what sounds that keeps still. Default: (1 − correlation) / 2.", (p, v) => p with { StillShare = v }),
        Number("--camouflage", "How much of things' colours gives way to the background's texture, 0 to 1.", (p, v) => p with { Camouflage = v }),
        Number(
            "--look-alikes", "Share of clips with two things of different classes that look the same, of which one sounds.",
            (p, v) => p with { LookAlikes = v }),
        Number("--two-of-a-kind", "Share of clips with two things of one class that look the same, of which one sounds.", (p, v) => p with { TwoOfAKind = v }),
        Number("--text-hit-rate", "P(the text says that a class may sound | it does); with --text-false-alarm-rate.", (p, v) => p with { TextHitRate = v }),
        Number("--text-false-alarm-rate", "P(the text says that a class may sound | it is silent).", (p, v) => p with { TextFalseAlarmRate = v }),
        Number("--noise", "Deviation of the pictures' noise in levels of 255, up to 64.", (p, v) => p with { Noise = v }),
        Number("--pan", "Speed of the camera in pixels a frame, of frames of 128 pixels, up to 8.", (p, v) => p with { Pan = v }),
        Number("--moving-background", "Share of clips whose background moves by itself. Default: 0.4.", (p, v) => p with { MovingBackground = v }),
        Number("--snr", "Decibels of the sound over pink noise, -30 to 60. Default: no noise but a hiss.", (p, v) => p with { Snr = v }),
        Number(
            "--overlap", "P(a further thing sounds), and then together with the first. Default: 0.5, in seconds of its own.",
            (p, v) => p with { Overlap = v }),
    ];

    /// <summary>Adds the options to a verb.</summary>
    public void AddTo(Command command)
    {
        command.Add(_file);
        command.Add(_motionWhileSounding);
        foreach ((Option<double?> option, _) in _numbers)
            command.Add(option);
    }

    /// <summary>What the command line says.</summary>
    /// <exception cref="InputException">The file cannot be used, or a knob is out of range.</exception>
    public Premise Read(ParseResult parsed)
    {
        Premise premise = parsed.GetValue(_file) is { } file ? Read(file) : new Premise();
        if (parsed.GetValue(_motionWhileSounding))
            premise = premise with { MotionWhileSounding = true };
        foreach ((Option<double?> option, Func<Premise, double, Premise> set) in _numbers)
            if (parsed.GetValue(option) is { } value)
                premise = set(premise, value);
        return premise;
    }

    private static Premise Read(string path)
    {
        try
        {
            return ConfigJson.Parse<Premise>(InputFile.ReadText(path, InputFile.SmallTextLimit), "knob of a premise");
        }
        catch (InvalidDataException e)
        {
            throw new InputException($"{path}: {e.Message}", e);
        }
    }

    private static (Option<double?>, Func<Premise, double, Premise>) Number(string name, string description, Func<Premise, double, Premise> set) =>
        (new Option<double?>(name) { Description = description, HelpName = "X" }, set);
}
