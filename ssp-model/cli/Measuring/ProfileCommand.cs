using System.CommandLine;
using SspNative.Cli.Parsing;
using SspNative.Cli.Segmenting;
using SspNative.Cli.Training;

namespace SspNative.Cli.Measuring;

/// <summary><c>ssp profile</c>: where another command's time and memory go.</summary>
internal static class ProfileCommand
{
    public static Command Create() => new Verb(
        "profile",
        "Runs another command and shows where its time goes: by stage, module, operation and kernel.",
        "ssp profile segment clip.mp4",
        "ssp profile segment clip.mp4 --weights procedural --trace trace.json",
        "ssp profile segment clip.mp4 --warm-up --calls calls.json",
        "ssp profile train --data synth --config models/synth.json --steps 5 --json")
    {
        SegmentCommand.CreateProfiled(),
        TrainCommand.CreateProfiled(),
    };
}
