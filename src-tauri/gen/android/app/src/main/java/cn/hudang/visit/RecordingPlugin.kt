package cn.hudang.visit

import android.Manifest
import android.app.Activity
import android.content.Context
import android.content.Intent
import android.content.pm.PackageManager
import android.os.Build
import app.tauri.annotation.Command
import app.tauri.annotation.TauriPlugin
import app.tauri.plugin.Invoke
import app.tauri.plugin.Plugin

/** Lets a recording go on with the screen locked. Where it refuses, the recording goes on while the screen is on. */
@TauriPlugin
class RecordingPlugin(private val activity: Activity) : Plugin(activity) {
    private val context: Context = activity.applicationContext
    private val service = Intent(context, RecordingService::class.java)

    @Command
    fun recordingBegins(invoke: Invoke) {
        // From Android 14 on the service may not even begin without it.
        if (!isGranted(Manifest.permission.RECORD_AUDIO)) {
            invoke.reject("The microphone is not allowed", "RECORDING-NO-MICROPHONE")
            return
        }
        try {
            // The app is on the screen, so a plain start is allowed. `startForegroundService` would end the whole app
            // where Android then refuses the foreground.
            context.startService(service)
            invoke.resolve()
        } catch (refused: RuntimeException) {
            // IllegalStateException: the app is in the background; SecurityException: an administrator forbids it.
            invoke.reject(refused.toString(), "RECORDING-UNPROTECTED")
        }
        askToNotify()
    }

    @Command
    fun recordingEnds(invoke: Invoke) {
        context.stopService(service)
        invoke.resolve()
    }

    /** Without it the service runs as well, and only its notification is not seen. Android asks twice at most. */
    private fun askToNotify() {
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.TIRAMISU && !isGranted(Manifest.permission.POST_NOTIFICATIONS)) {
            activity.requestPermissions(arrayOf(Manifest.permission.POST_NOTIFICATIONS), 0)
        }
    }

    private fun isGranted(permission: String): Boolean =
        context.checkSelfPermission(permission) == PackageManager.PERMISSION_GRANTED
}
