using SspNative.Cli;
using SspNative.Cli.Ranks;
using SspNative.Cli.Terminal;

using var interrupt = new Interrupt();
// Of a thread that nobody waits for; the runtime would end the program with a trace and an abort.
AppDomain.CurrentDomain.UnhandledException += (_, thrown) =>
{
    Output.ShowCursor(Console.Error);
    Environment.Exit(SspCommandLine.Report((Exception)thrown.ExceptionObject, "ssp", args, Console.Error, interrupt.Token));
};
if (args is [RankWitness.Verb, ..])
    return RankWitness.Watch(args);
if (RankedRun.IsOne(() => SspCommandLine.Verb(args)))
    return RankedRun.Run(args, SspCommandLine.Run, interrupt.Token);
RankedRun.RemarkOthers();
return SspCommandLine.Run(args, Console.Out, Console.Error, interrupt.Token);
